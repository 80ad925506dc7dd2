package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.TestDatabase;

/** What one event alone meets is no outage, whatever the server calls it: the others go on. */
final class OutageOfOneIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final TestReader reader = new TestReader(DATABASE);
  private final AtomicInteger published = new AtomicInteger();

  @ParameterizedTest
  @ValueSource(strings = {"58030", "53100", "55P03"})
  void anEventThatMeetsAnOutageHoldsUpNoOtherPart(String state) {
    reader.publish("a1").when(what -> raiseOn(what, "a", state));
    Poller poller = reader.poller();
    assertThat(poller.pollOnce()).isInstanceOf(PollOutcome.Interrupted.class);
    reader.publishElsewhere("d1");

    await().until(() -> poller.pollOnce().worked());

    assertThat(reader.effects()).containsExactly("d1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"58030", "53100"})
  void itIsCountedInTheEndIfOthersAreHandledMeanwhile(String state) {
    reader.publish("a1", "b1").when(what -> raiseOn(what, "a", state));
    Poller poller = reader.poller();

    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () -> {
              pollWhileOthersAreHandled(poller);
              return !reader.deadLetters().isEmpty();
            });

    assertThat(reader.deadLetters()).containsExactly("a1 3 DataAccessResourceFailureException");
    assertThat(reader.effects()).contains("b1");
    assertThat(reader.violations()).isEmpty();
  }

  /** A disk that is full for those who write much: they are spared together. */
  @Test
  void manyThatMeetItWhileOthersAreHandledAreAnOutage() {
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader
        .publish("a1", "b1", "c1", "e1", "f1", "g1")
        .when(what -> raiseOn(what, "abcefg", "53100"));
    Poller poller = reader.poller();

    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () -> {
              pollWhileOthersAreHandled(poller);
              return reader.isPaused();
            });

    assertThat(reader.parkedKeys()).contains("a 0 TRANSIENT", "b 0 TRANSIENT");
    assertThat(reader.deadLetters()).isEmpty();
  }

  @Test
  void aRetryThatMeetsAnOutageHoldsUpNeitherOtherRetriesNorTheFlow() {
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader.when(what -> fail()).publish("a1", "b1").untilQuiet();
    assertThat(reader.parkedKeys()).containsExactly("a 1 FAILED", "b 1 FAILED");
    reader.later().when(what -> raiseOn(what, "a", "58030")).publish("c1");
    reader.sql(
        """
        UPDATE commondata.parked_key
        SET next_attempt_at = '-infinity'
        WHERE subscription = :name AND left(key, 1) = 'a'
        """);
    Poller poller = reader.poller();

    assertThat(poller.pollOnce()).as("the batch").isEqualTo(new PollOutcome.Handled(1));
    assertThat(reader.effects()).containsExactly("c1");
    await().until(() -> poller.pollOnce().worked());

    assertThat(reader.effects()).containsExactly("c1", "b1");
    assertThat(reader.parkedKeys()).containsExactly("a 1 FAILED");
  }

  private void pollWhileOthersAreHandled(Poller poller) {
    reader.publishElsewhere("d" + published.incrementAndGet());
    poller.pollOnce();
  }

  private static void fail() {
    throw new IllegalStateException("poison");
  }

  /** Events of those keys can't be handled. */
  private static void raiseOn(String what, String keys, String state) {
    if (keys.contains(what.substring(0, 1))) {
      DATABASE
          .login(TestReader.LOGIN)
          .jdbc()
          .sql("DO $$ BEGIN RAISE 'out' USING ERRCODE = '" + state + "'; END $$")
          .update();
    }
  }
}
