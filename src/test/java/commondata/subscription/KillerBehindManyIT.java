package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** An event that kills whoever handles it is found behind any number of events that wait. */
final class KillerBehindManyIT {

  private static final int FOLLOWERS = 1_001;
  private static final int BATCH_SIZE = 2_000;

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final TestReader reader = new TestReader(DATABASE);

  /** The process ends here. */
  private static final class ProcessEnds extends VirtualMachineError {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void behindFollowersOfAHeldKey() {
    reader.set("on_dead = 'HOLD', max_attempts = 1");
    reader
        .when(
            what -> {
              throw new IllegalStateException("poison");
            })
        .publish("a1")
        .untilQuiet();
    publishMoreOfA();

    assertThat(deathsUntilTheKillerIsFound()).isEqualTo(2);

    assertThat(reader.deadLetters())
        .containsExactly("a1 1 IllegalStateException", "b1 1 WorkerDied");
    assertThat(chainOfA()).isEqualTo(FOLLOWERS);
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void behindFollowersOfADelayedEvent() {
    reader.set("max_attempts = 1");
    reader.publishLater("a1", 3_600_000);
    publishMoreOfA();

    assertThat(deathsUntilTheKillerIsFound()).isEqualTo(2);

    assertThat(reader.deadLetters()).containsExactly("b1 1 WorkerDied");
    assertThat(chainOfA()).isEqualTo(FOLLOWERS + 1);
    assertThat(reader.violations()).isEmpty();
  }

  private void publishMoreOfA() {
    DATABASE
        .login("order_service")
        .jdbc()
        .sql(
            """
            SELECT commondata.publish_all(
                array_agg(
                    ROW(:type, :key, '"follows"', 1, NULL, NULL, NULL, NULL, NULL)
                        ::commondata.new_event))
            FROM generate_series(1, :followers)
            """)
        .param("type", "test.happened-" + reader.name())
        .param("key", reader.key("a"))
        .param("followers", FOLLOWERS)
        .query(Long.class)
        .single();
  }

  private int deathsUntilTheKillerIsFound() {
    reader
        .when(
            what -> {
              throw new ProcessEnds();
            })
        .publish("b1");
    for (int deaths = 0; deaths < 10; deaths++) {
      reader.sql(
          """
          UPDATE commondata.work_mark
          SET marked_at = marked_at - interval '1 minute'
          WHERE subscription = :name
          """);
      try {
        Poller process = reader.poller(BATCH_SIZE);
        for (int poll = 0; poll < 3; poll++) {
          process.pollOnce();
        }
        return deaths;
      } catch (ProcessEnds e) {
        // The next one starts.
      }
    }
    throw new AssertionError("it kills and kills");
  }

  private long chainOfA() {
    return reader.number(
        """
        SELECT k.chain
        FROM commondata.parked_key AS k
        WHERE k.subscription = :name AND left(k.key, 1) = 'a'
        """);
  }
}
