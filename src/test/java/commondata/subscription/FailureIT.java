package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import commondata.fault.FaultPoint;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.Faults;
import testkit.TestDatabase;

/** Poison stops its own key; a flood of failures is dammed up. */
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

  /**
   * A handler of that part hangs meanwhile: what is left is for the next poll, with a mark each.
   */
  @Test
  void whatIsLeftAloneDoesNotCountAsHandled() {
    reader.when(what -> failOn(what, "c1")).publish("a1", "b1", "c1");
    Poller poller = reader.poller();
    try (Faults faults =
        Faults.at(
            point -> {
              if (point == FaultPoint.ONE_BY_ONE_DONE) {
                poller.beCareful(3);
              }
            })) {
      assertThat(poller.pollOnce()).isEqualTo(new PollOutcome.Handled(1));
      assertThat(faults.hits(FaultPoint.ONE_BY_ONE_DONE)).isEqualTo(1);
    }

    assertThat(reader.effects()).containsExactly("a1");
  }

  @Test
  void lagSaysHowLongAKeyHasBeenParked() {
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader.when(what -> failOn(what, "a1", "b1")).publish("a1", "b1", "c1");
    Poller poller = reader.poller();
    for (int i = 0; i < 4; i++) {
      poller.pollOnce();
    }
    DATABASE
        .superuser()
        .sql(
            """
            UPDATE commondata.parked_key
            SET parked_at = parked_at - interval '1 hour'
            WHERE subscription = :name AND key = :key
            """)
        .param("name", reader.name())
        .param("key", reader.key("a"))
        .update();

    assertThat(
            reader.strings(
                """
                SELECT concat_ws(
                    ' ', l.waiting, l.parked, l.oldest_seconds,
                    l.parked_seconds BETWEEN 3600 AND 3700)
                FROM commondata.lag AS l
                WHERE l.subscription = :name
                """))
        .containsExactly("0 2 0 t");
  }

  @Test
  void aTraceCountsOneAttemptAndSeveral() {
    reader.set("max_attempts = 2, backoff_ms = 600000, backoff_max_ms = 600000");
    reader.when(what -> failOn(what, "a1")).publish("a1");
    reader.poller().pollOnce();
    assertThat(traced()).singleElement().asString().startsWith("1 attempt, next ");

    reader.later().poller().pollOnce();

    assertThat(traced()).singleElement().asString().contains(" after 2 attempts: ");
    reader.set("max_attempts = 1").publish("b1").when(what -> failOn(what, "b1"));
    reader.poller().pollOnce();
    assertThat(traced()).anyMatch(detail -> detail.contains(" after 1 attempt: "));
  }

  private List<String> traced() {
    return reader.strings(
        """
        SELECT t.detail
        FROM commondata.trace_log AS t
        WHERE t.what IN ('parked', 'dead letter')
          AND t.name IN (:name, 'test.happened-' || :name)
        """);
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

  @Test
  void anEventOfASourceThatIsNotReadDoesNotWaitBehindItsKey() {
    reader.set("sources = ARRAY['order_service'], max_attempts = 100");
    reader.when(what -> failOn(what, "a1")).publish("a1");
    new Outbox(DATABASE.login("payment_service"), new EventCodec())
        .publish(NewEvent.of("test.happened-" + reader.name(), reader.key("a"), "\"a2\""));
    reader.publish("a3");
    Poller poller = reader.poller();

    for (int i = 0; i < 3; i++) {
      poller.pollOnce();
    }

    assertThat(reader.number("SELECT chain FROM commondata.parked_key WHERE subscription = :name"))
        .isEqualTo(2);
    reader.when(what -> {}).untilQuiet();
    assertThat(reader.effects()).containsExactly("a1", "a3");
    assertThat(reader.violations()).isEmpty();
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
        .look(List.of(reader.name()), "test", false)
        .parts();
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

  private static void failOn(String what, String... poison) {
    for (String each : poison) {
      if (what.equals(each)) {
        throw new IllegalStateException("poison " + what);
      }
    }
  }
}
