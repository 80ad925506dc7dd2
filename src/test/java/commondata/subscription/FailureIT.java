package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.TestDatabase;

/** Poison stops its own key; an outage counts against nobody; a flood of failures is dammed up. */
final class FailureIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final TestReader reader = new TestReader(DATABASE);

  @ParameterizedTest
  @ValueSource(strings = {"a1", "a2", "a3"})
  void poisonAnywhereInAChainStopsOnlyItself(String poison) {
    reader.when(what -> failOn(what, poison)).publish("b1", "a1", "c1", "a2", "b2", "a3", "c2");

    reader.untilQuiet();

    assertThat(reader.effects())
        .containsExactlyInAnyOrderElementsOf(
            java.util.stream.Stream.of("a1", "a2", "a3", "b1", "b2", "c1", "c2")
                .filter(what -> !what.equals(poison))
                .toList());
    assertThat(reader.effects().stream().filter(what -> what.startsWith("a"))).isSorted();
    assertThat(reader.deadLetters()).containsExactly(poison + " 3 IllegalStateException");
    assertThat(reader.parkedKeys()).isEmpty();
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void anErrorIsCountedLikeAnException() {
    reader
        .when(
            what -> {
              switch (what) {
                case "a1" -> throw new AssertionError("a");
                case "b1" -> throw new StackOverflowError();
                case "c1" -> throw new NoClassDefFoundError("c");
                default -> {}
              }
            })
        .publish("a1", "b1", "c1", "d1");

    reader.untilQuiet();

    assertThat(reader.effects()).containsExactly("d1");
    assertThat(reader.deadLetters())
        .containsExactlyInAnyOrder(
            "a1 3 AssertionError", "b1 3 StackOverflowError", "c1 3 NoClassDefFoundError");
  }

  @Test
  void aMessageThatTheDatabaseDoesNotTakeIsCountedAllTheSame() {
    reader
        .when(
            what -> {
              throw new IllegalStateException("a\0b\u001bc\nd");
            })
        .publish("a1");

    reader.untilQuiet();

    assertThat(
            reader.strings(
                "SELECT error_message FROM commondata.dead_letter WHERE subscription = :name"))
        .containsExactly("a\uFFFDb\uFFFDc\nd");
  }

  @Test
  void aParkedEventOfATypeThatIsNoLongerAskedForIsGivenOut() {
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader
        .when(
            what -> {
              throw new IllegalStateException("poison");
            })
        .publish("a1");
    reader.poller().pollOnce();
    reader.set("types = '{}'").later();

    reader.when(what -> {}).poller().pollOnce();

    assertThat(reader.effects()).containsExactly("a1");
    assertThat(reader.parkedKeys()).isEmpty();
    reader.set("types = ARRAY['test.happened-' || name]");
  }

  @Test
  void aSecondKeyIsParkedBehindFollowersOfTheFirst() {
    reader.set("max_attempts = 100");
    reader.when(what -> failOn(what, "a1", "b1"));
    reader.publish("a1");
    Poller poller = reader.poller();
    poller.pollOnce();
    reader.publish("a2", "b1", "c1", "a3", "b2");

    for (int i = 0; i < 5; i++) {
      poller.pollOnce();
    }

    assertThat(reader.effects()).containsExactly("c1");
    assertThat(
            reader.strings(
                """
                SELECT left(key, 1) || chain
                FROM commondata.parked_key
                WHERE subscription = :name
                ORDER BY 1
                """))
        .containsExactly("a3", "b2");
    reader.when(what -> {}).untilQuiet();
    assertThat(reader.effects()).containsSubsequence("a1", "a2", "a3");
    assertThat(reader.effects()).containsSubsequence("b1", "b2");
    assertThat(reader.violations()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "40001", "40P01", "55P03", "53100", "53300", "25006", "57P03", "58030", "08006", "ended"
      })
  void anOutageConsumesNoAttempt(String state) {
    reader.publish("a1", "b1");
    reader.when(
        what ->
            DATABASE
                .login(TestReader.LOGIN)
                .jdbc()
                .sql(
                    state.equals("ended")
                        ? "SELECT pg_terminate_backend(pg_backend_pid())"
                        : "DO $$ BEGIN RAISE 'out' USING ERRCODE = '" + state + "'; END $$")
                .query()
                .listOfRows());

    for (int i = 0; i < 4; i++) {
      assertThat(reader.poller().pollOnce()).isInstanceOf(PollOutcome.Interrupted.class);
    }

    assertThat(reader.parkedKeys()).isEmpty();
    assertThat(reader.pos()).isZero();
    reader.when(what -> {}).untilQuiet();
    assertThat(reader.effects()).containsExactly("a1", "b1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"08001", "57P01", "40P01"})
  void anOutageThatAHandlerMeetsWithoutSpringConsumesNoAttempt(String state) {
    reader.publish("a1", "b1");
    SQLException outage = new SQLException("out", state);
    for (Exception thrown : List.of(outage, new IllegalStateException("wrapped", outage))) {
      reader.when(
          what -> {
            throw thrown;
          });

      assertThat(reader.poller().pollOnce()).isEqualTo(new PollOutcome.Interrupted("out"));
    }

    assertThat(reader.parkedKeys()).isEmpty();
    reader.when(what -> {}).untilQuiet();
    assertThat(reader.effects()).containsExactly("a1", "b1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"40P01", "53200"})
  void anEventThatAlwaysMeetsAnOutageIsPoisonAfterAll(String state) {
    reader.publish("b1", "a1", "c1").when(what -> raiseOn(what, "a1", state));
    reader.publishElsewhere("d1");
    Poller poller = reader.poller();

    org.awaitility.Awaitility.await()
        .atMost(java.time.Duration.ofMinutes(1))
        .until(() -> poller.pollOnce() instanceof PollOutcome.Parked);

    assertThat(reader.parkedKeys()).containsExactly("a 1 TRANSIENT");
    reader.untilQuiet();
    assertThat(reader.effects()).containsExactlyInAnyOrder("b1", "c1", "d1");
  }

  @Test
  void aBatchThatIsTooLargeForTheHandlerIsHalvedUntilItFits() {
    reader.publish("a1", "b1", "c1", "d1", "e1", "a2", "b2", "c2", "d2", "e2");
    AtomicInteger inMemory = new AtomicInteger();
    reader.when(
        what -> {
          if (inMemory.incrementAndGet() > 3) {
            inMemory.set(0);
            throw new SQLException("Ran out of memory retrieving query results.", "53200");
          }
        });
    Poller poller = reader.poller();

    org.awaitility.Awaitility.await()
        .atMost(java.time.Duration.ofMinutes(1))
        .until(
            () -> {
              PollOutcome outcome = poller.pollOnce();
              inMemory.set(0);
              return outcome.worked();
            });

    assertThat(reader.effects()).as("10, 5, then 2 at once").containsExactly("a1", "b1");
    assertThat(reader.parkedKeys()).isEmpty();
  }

  @Test
  void manyKeysThatFailForATransientCausePauseThePartAndCountNoAttempt() {
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader.publish("a1", "b1", "c1", "d1", "e1", "a2");
    reader.when(
        what -> {
          throw new IOException("the bank does not answer");
        });

    reader.untilQuiet();

    assertThat(reader.isPaused()).isTrue();
    assertThat(reader.parkedKeys()).containsExactly("a 0 TRANSIENT", "b 0 TRANSIENT");
    assertThat(
            reader.strings(
                """
                SELECT pause_reason
                FROM commondata.cursor
                WHERE subscription = :name AND paused_until IS NOT NULL
                """))
        .containsExactly("many keys fail: the bank does not answer");
    assertThat(reader.poller().pollOnce()).as("while paused").isInstanceOf(PollOutcome.Idle.class);

    // Half open, and not over yet: one event is tried, the pause grows.
    reader.later();
    assertThat(reader.poller().pollOnce()).isInstanceOf(PollOutcome.Paused.class);
    assertThat(pauses()).isEqualTo(2);

    reader.when(what -> {}).later().untilQuiet();
    assertThat(reader.effects())
        .containsExactlyInAnyOrder("a1", "b1", "c1", "d1", "e1", "a2")
        .containsSubsequence("a1", "a2");
    assertThat(pauses()).isZero();
    assertThat(reader.deadLetters()).isEmpty();
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void attemptsAreGivenBackInAllPartsThatToldOfTheOutage() {
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader.sql(
        """
        INSERT INTO commondata.parked_key (
            subscription, part, key, attempts, cause, failed_at, held)
        SELECT :name, p.part, 'elsewhere-' || p.part, 1, 'TRANSIENT', clock_timestamp(), true
        FROM generate_series(1, 2) AS p (part)
        """);
    reader.publish("a1");
    reader.when(
        what -> {
          throw new IOException("the bank does not answer");
        });

    assertThat(reader.poller().pollOnce()).isInstanceOf(PollOutcome.Paused.class);

    assertThat(reader.parkedKeys()).containsExactly("e 0 TRANSIENT", "e 0 TRANSIENT");
    reader.sql("DELETE FROM commondata.parked_key WHERE subscription = :name");
  }

  @Test
  void oneEventProbesWhetherAnOutageIsOver() {
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader.publish("a1", "b1", "c1");
    reader.when(
        what -> {
          throw new UnavailableException("no bank");
        });
    assertThat(reader.poller().pollOnce()).isInstanceOf(PollOutcome.Paused.class);
    assertThat(reader.isPaused()).isTrue();
    assertThat(reader.parkedKeys()).isEmpty();

    reader.when(what -> {}).later();
    Poller poller = reader.poller();

    assertThat(poller.pollOnce()).isEqualTo(new PollOutcome.Handled(1));
    assertThat(reader.isPaused()).isFalse();
    assertThat(poller.pollOnce()).isEqualTo(new PollOutcome.Handled(2));
  }

  @Test
  void oneKeyWithATransientCauseIsNoOutage() {
    reader.publish("a1", "b1", "c1");
    reader.when(
        what -> {
          if (what.equals("b1")) {
            throw new IOException("its own bank does not answer");
          }
        });

    reader.untilQuiet();

    assertThat(reader.effects()).containsExactlyInAnyOrder("a1", "c1");
    assertThat(reader.deadLetters()).containsExactly("b1 3 IOException");
  }

  @Test
  void aFailureThatNoRetryHelpsIsDeadAtOnce() {
    reader.with(builder -> builder.deadOn(IllegalStateException.class));
    reader.publish("a1", "a2", "b1").when(what -> failOn(what, "a1"));

    reader.untilQuiet();

    assertThat(reader.deadLetters()).containsExactly("a1 1 IllegalStateException");
    assertThat(reader.effects()).containsExactlyInAnyOrder("a2", "b1");
  }

  @Test
  void theCapOfParkedKeysPausesThePartInsteadOfParkingEverything() {
    reader.set("max_keys = 2, max_attempts = 100, backoff_ms = 600000, backoff_max_ms = 600000");
    reader.publish("a1", "b1", "c1", "d1", "e1").when(what -> failOn(what, what));

    reader.untilQuiet();

    assertThat(reader.isPaused()).isTrue();
    assertThat(reader.parkedKeys()).hasSize(2);
    reader.set("backoff_ms = 1, backoff_max_ms = 1");
    reader.when(what -> {}).later().untilQuiet();
    assertThat(reader.effects()).hasSize(5);
  }

  @Test
  void theCapOfAChainKeepsThePartFromBeingCopiedIntoIt() {
    reader.set("max_chain = 3, max_attempts = 100, backoff_ms = 600000, backoff_max_ms = 600000");
    reader.when(what -> failOn(what, "a1")).publish("a1");
    Poller poller = reader.poller();
    poller.pollOnce();
    for (int i = 2; i <= 40; i++) {
      reader.publish("a" + i, "b" + i);
    }

    while (poller.pollOnce().worked()) {
      // Batches until there is no more to take.
    }

    assertThat(
            reader.number(
                "SELECT max(chain) FROM commondata.parked_key WHERE subscription = :name"))
        .as("the cap, and at most one batch more")
        .isBetween(3L, 13L);
    assertThat(reader.effects()).hasSizeLessThan(15);
    reader.set("backoff_ms = 1, backoff_max_ms = 1");
    reader.when(what -> {}).later().untilQuiet();
    assertThat(reader.effects()).hasSize(79);
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void aPartAtTheCapOfAChainIsLeftToItsRetriesWhileAnotherIsRead() throws SQLException {
    fillAChain();
    reader.publishElsewhere("c1");

    assertThat(look())
        .as("the part at its cap is not announced")
        .isEqualTo(Map.of(reader.name(), 1));
    reader.later();
    try (Connection slow = DATABASE.login(TestReader.LOGIN).dataSource().getConnection();
        PreparedStatement batch =
            slow.prepareStatement("SELECT payload FROM commondata.next_batch(?, 10)")) {
      slow.setAutoCommit(false);
      batch.setString(1, reader.name());
      try (ResultSet events = batch.executeQuery()) {
        assertThat(events.next()).isTrue();
        assertThat(events.getString(1)).isEqualTo("\"c1\"");
      }
      assertThat(reader.poller().pollOnce()).isEqualTo(new PollOutcome.Handled(1));
      slow.rollback();
    }
    assertThat(reader.effects()).containsExactly("a1");
  }

  private Map<String, Integer> look() {
    return new Sequencer(DATABASE.login(Sequencer.LOGIN), 0)
        .look(List.of(reader.name()), "test", false);
  }

  /** Its key waits for its next attempt, and an event of another key stands behind the chain. */
  private void fillAChain() {
    reader.set("max_chain = 2, backoff_ms = 600000, backoff_max_ms = 600000");
    reader.when(what -> failOn(what, "a1")).publish("a1");
    reader.poller().pollOnce();
    reader.when(what -> {}).publish("a2", "a3");
    reader.poller().pollOnce();
    reader.publish("b1");
    // A part that is not read on becomes the longest waiting one.
    reader.sql(
        """
        UPDATE commondata.cursor
        SET moved_at = '-infinity'
        WHERE subscription = :name AND part = 3
        """);
  }

  private long pauses() {
    return reader.number(
        "SELECT max(pause_count) FROM commondata.cursor WHERE subscription = :name");
  }

  private static void failOn(String what, String... poison) {
    for (String each : poison) {
      if (what.equals(each)) {
        throw new IllegalStateException("poison " + what);
      }
    }
  }

  private static void raiseOn(String what, String poison, String state) {
    if (what.equals(poison)) {
      raise(state);
    }
  }

  private static void raise(String state) {
    DATABASE
        .login(TestReader.LOGIN)
        .jdbc()
        .sql("DO $$ BEGIN RAISE 'out' USING ERRCODE = '" + state + "'; END $$")
        .update();
  }
}
