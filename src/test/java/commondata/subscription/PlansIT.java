package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import testkit.TestDatabase;

/**
 * The order of a key is no gift of the planner: whichever way it joins, today or with tomorrow's
 * statistics, events come in order. Each plan is forced upon every session of a database.
 */
final class PlansIT {

  private static final List<String> WAYS =
      List.of("enable_nestloop", "enable_hashjoin", "enable_mergejoin");
  private static final int EVENTS = 9;

  /** Their order is not that of their transactions, and nothing sorts the rows of the batch. */
  @ParameterizedTest
  @FieldSource("WAYS")
  void aKeyKeepsItsOrderAgainstItsTransactions(String way) {
    withPlans(
        way,
        reader -> {
          for (int i = 1; i < EVENTS; i += 2) {
            reader.publishAgainstTheirTransactions("a" + i, "a" + (i + 1));
          }
          reader.publish("a" + EVENTS).untilQuiet();

          assertThat(reader.effects()).isEqualTo(inOrder("a"));
        });
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void aKeyKeepsItsOrderBesideAParkedOne(String way) {
    withPlans(
        way,
        reader -> {
          reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
          reader.when(PlansIT::failOnB).publish("b1").poller().pollOnce();
          publishInTurn(reader);

          reader.poller().pollOnce();
          assertThat(ofKey(reader, "a")).isEqualTo(inOrder("a").subList(0, 6));
          reader.untilQuiet().when(what -> {}).later().untilQuiet();

          assertThat(ofKey(reader, "a")).isEqualTo(inOrder("a"));
          assertThat(ofKey(reader, "b")).isEqualTo(inOrder("b"));
        });
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void aKeyKeepsItsOrderBehindADeadLetterThatIsReplayed(String way) {
    withPlans(
        way,
        reader -> {
          reader.set("max_attempts = 1, on_dead = 'HOLD'");
          reader.when(PlansIT::failOnB).publish("b1").poller().pollOnce();
          publishInTurn(reader);
          reader.untilQuiet();
          reader.when(what -> {});

          assertThat(
                  reader.strings(
                      """
                      SELECT commondata.act_on_letter(d.id, 'replay', 'tester', 'mended')
                      FROM commondata.dead_letter AS d
                      WHERE d.subscription = :name
                      """))
              .containsExactly("DONE");
          reader.untilQuiet();

          assertThat(ofKey(reader, "a")).isEqualTo(inOrder("a"));
          assertThat(ofKey(reader, "b")).isEqualTo(inOrder("b"));
          assertThat(reader.violations()).isEmpty();
        });
  }

  private static void publishInTurn(TestReader reader) {
    for (int i = 1; i <= EVENTS; i++) {
      reader.publish("a" + i);
      if (i > 1) {
        reader.publish("b" + i);
      }
    }
  }

  private static void failOnB(String what) {
    if (what.startsWith("b")) {
      throw new IllegalStateException("not yet");
    }
  }

  private static List<String> ofKey(TestReader reader, String key) {
    return reader.effects().stream().filter(what -> what.startsWith(key)).toList();
  }

  private static List<String> inOrder(String key) {
    List<String> events = new ArrayList<>();
    for (int i = 1; i <= EVENTS; i++) {
      events.add(key + i);
    }
    return events;
  }

  private interface Scene {
    void play(TestReader reader);
  }

  /** Plays in a database whose sessions join in one way only. */
  private static void withPlans(String way, Scene scene) {
    TestDatabase database = TestDatabase.fresh();
    database.open();
    try {
      for (String other : WAYS) {
        if (!other.equals(way)) {
          database
              .superuser()
              .sql("ALTER DATABASE %s SET %s = off".formatted(database.name(), other))
              .update();
        }
      }
      scene.play(new TestReader(database));
    } finally {
      database.close();
    }
  }
}
