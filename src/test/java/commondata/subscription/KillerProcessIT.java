package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.TestDatabase;

/** Real processes, killed by an event: it is parked, and the next process lives. */
final class KillerProcessIT {

  private static final int KILLED = 137;

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final TestReader reader = new TestReader(DATABASE);

  @ParameterizedTest
  @ValueSource(strings = {"k", "x"})
  void anEventKillsTwoProcessesAndNotTheThird(String key) throws Exception {
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader.publish("a1", key + "1", "b1", key + "2", "a2");

    assertThat(run()).as("the first process").isEqualTo(KILLED);
    untilMarksAreOld();
    assertThat(run()).as("the second, which goes one by one").isEqualTo(KILLED);
    untilMarksAreOld();
    assertThat(run()).as("the third").isZero();

    assertThat(reader.effects()).containsExactlyInAnyOrder("a1", "a2", "b1");
    assertThat(reader.parkedKeys()).containsExactly(key + " 1 FAILED");
    assertThat(reader.strings("SELECT DISTINCT error_class FROM commondata.parked_key"))
        .containsExactly("WorkerDied");
  }

  @Test
  void aRetryWhoseProcessWasKilledIsTakenOverSoon() throws Exception {
    reader
        .set("time_limit_ms = 240000")
        .when(
            what -> {
              throw new IllegalStateException("not yet");
            })
        .publish("k1", "k2");
    reader.poller().pollOnce();
    assertThat(reader.parkedKeys()).containsExactly("k 1 FAILED");
    reader.later();

    assertThat(run()).as("the process that tries it again").isEqualTo(KILLED);
    untilMarksAreOld();
    reader.when(what -> {});
    assertThat(reader.poller().pollOnce().worked()).as("doubted first").isFalse();
    untilMarksAreOld();
    reader.poller().pollOnce();
    reader.poller().pollOnce();

    assertThat(reader.effects()).as("long before its time limit").containsExactly("k1", "k2");
    assertThat(reader.parkedKeys()).isEmpty();
  }

  private int run() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                KillerProcess.class.getName(),
                DATABASE.url(),
                DATABASE.password(),
                reader.name())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).as("it ends").isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }

  /** A mark of the last second might be that of a worker which only just begins. */
  private void untilMarksAreOld() {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                reader.number(
                        """
                        SELECT count(*)
                        FROM (
                            SELECT marked_at, subscription FROM commondata.work_mark
                            UNION ALL
                            SELECT tried_at, subscription FROM commondata.parked_key
                            UNION ALL
                            SELECT doubted_at, subscription FROM commondata.parked_key
                        ) AS marks
                        WHERE subscription = :name
                          AND marked_at > clock_timestamp() - interval '1 second'
                        """)
                    == 0);
  }
}
