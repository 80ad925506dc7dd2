package commondata.subscription;

import static commondata.subscription.ReaderSteps.advance;
import static commondata.subscription.ReaderSteps.claim;
import static commondata.subscription.ReaderSteps.finishAndCommit;
import static commondata.subscription.ReaderSteps.finishRetryAndCommit;
import static commondata.subscription.ReaderSteps.retry;
import static commondata.subscription.ReaderSteps.rollbackAndCount;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testkit.Interleaving.COMMIT;
import static testkit.Interleaving.step;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import testkit.Interleaving;
import testkit.TestDatabase;

/**
 * The functions of the log, each broken in one place, under the specs of {@link InterleavingsIT}
 * and {@link SqlInterleavingsIT}: the specs must see it. A spec that passes here proves nothing
 * there.
 */
final class BrokenAlgorithmsIT {

  @Test
  void aStampThatForgetsWhatWasRunning() {
    seen(
        log ->
            breakIn(
                log,
                "fresh",
                "pg_snapshot_xip\\((fresh\\.)?earlier\\)",
                "(SELECT NULL::xid8 WHERE false)"),
        "effects, by key",
        (database, log) ->
            Interleaving.of(database)
                .before(log::freshKeys)
                .session("a", LogScript.LOGIN, log.publish(), step("commit", COMMIT))
                .session(
                    "b",
                    LogScript.LOGIN,
                    log.publishOther(),
                    step("commit", COMMIT),
                    log.stampAndCommit())
                .after(log::drainAndCheck));
  }

  @Test
  void aCutThatLooksAtNoIds() {
    seen(
        log -> {
          breakIn(log, "slice_length", "50000", "1");
          breakIn(log, "cuts", "b\\.highest_before < b\\.lowest_from", "true");
        },
        "effects, by key",
        SliceSpecs::olderThanItsEvent);
  }

  @Test
  void aSliceOfALaterSnapshotThanItsCuts() {
    seen(
        log -> {
          breakIn(log, "slice_length", "50000", "1");
          breakIn(
              log,
              "stamp",
              "IF cardinality\\(round_cuts\\) > 0 THEN",
              """
              round_goal := commondata.still_running(pg_current_snapshot(), pg_current_xact_id());
              IF cardinality(round_cuts) > 0 THEN
              """);
        },
        "effects, by key",
        SliceSpecs::olderThanItsEvent);
  }

  @Test
  void aCursorThatMovesInASecondTransaction() {
    seen(
        log -> {
          log.superuser().execute("GRANT UPDATE ON commondata.cursor TO order_service");
          breakIn(log, "finish", "PERFORM commondata\\.move_cursor\\([^;]*;", "");
        },
        "effects, by key",
        (database, log) ->
            Interleaving.of(database)
                .before(() -> log.begin(1))
                .session("a", LogScript.LOGIN, claim(1), finishAndCommit(), advance())
                .session("b", LogScript.LOGIN, claim(1), finishAndCommit(), advance())
                .after(happened -> log.checkEffects()));
  }

  @Test
  void aClaimWithoutALease() {
    seen(
        log -> {
          breakIn(log, "next_batch", "FOR UPDATE SKIP LOCKED", "");
          breakIn(log, "move_cursor", "AND c\\.pos = p_from", "");
        },
        "effects, by key",
        (database, log) ->
            Interleaving.of(database)
                .before(() -> log.begin(1))
                .session("a", LogScript.LOGIN, claim(1), finishAndCommit())
                .session("b", LogScript.LOGIN, claim(1), finishAndCommit())
                .after(happened -> log.checkEffects()));
  }

  @Test
  void aFollowerThatPassesItsParkedKey() {
    seen(
        log ->
            breakIn(
                log,
                "next_batch",
                "FROM commondata\\.parked_key AS k",
                "FROM (SELECT p.* FROM commondata.parked_key AS p WHERE false) AS k"),
        "effects, by key",
        (database, log) ->
            Interleaving.of(database)
                .before(() -> log.beginParked(2))
                .session("a", LogScript.LOGIN, claim(1), finishAndCommit())
                .session("r", LogScript.LOGIN, retry(), finishRetryAndCommit())
                .after(happened -> log.checkEffects()));
  }

  @Test
  void aRefusalThatLeavesItsFollowersInTheBatch() {
    seen(
        log -> {
          breakIn(log, "fail", "b\\.key <> culprit\\.key OR b\\.seq < p_seq", "b.seq <> p_seq");
          breakIn(log, "refused_chain", "seq >= (refused_chain\\.)?p_seq", "seq = p_seq");
        },
        "key_keeps_its_order",
        (database, log) ->
            Interleaving.of(database)
                .before(() -> log.begin(2))
                .session(
                    "a",
                    LogScript.LOGIN,
                    SqlReaderSteps.begin(),
                    SqlReaderSteps.take(2),
                    SqlReaderSteps.fail(),
                    SqlReaderSteps.workFinishAndCommit())
                .after(log::drainAndCheck));
  }

  @Test
  void aRewindThatWaitsForNobody() {
    seen(
        log -> {
          breakIn(log, "rewind_subscription", "ORDER BY c\\.part\\s+FOR UPDATE", "ORDER BY c.part");
          breakIn(log, "move_cursor", "AND c\\.pos = p_from", "");
        },
        "invariants after the drain",
        FailureSpecs::rewind);
  }

  @Test
  void anOutageThatCounts() {
    seen(
        log -> breakIn(log, "reason_to_pause", "IF p_cause = 'UNAVAILABLE'", "IF false"),
        "attempts that an outage has cost",
        FailureSpecs::outage);
  }

  @Test
  void aDelayThatNobodyKeeps() {
    seen(
        log -> breakIn(log, "pass_delayed", "d\\.available_at > clock_timestamp\\(\\)", "false"),
        "handled before their time",
        FailureSpecs::delay);
  }

  @Test
  void aReleaseThatWaitsForNobody() {
    seen(
        log ->
            breakIn(log, "release_event", "ORDER BY c\\.part, c\\.subscription\\s+FOR UPDATE", ""),
        "rounds of the drain",
        FailureSpecs::release);
  }

  @Test
  void aMarkThatStaysEvidence() {
    seen(
        log -> breakIn(log, "mark_work", "AND m\\.pos <> held\\.pos", "AND false"),
        "attempts that the dead have cost",
        FailureSpecs::takeOver);
  }

  @Test
  void attemptsThatOnlyTheProcessRemembers() {
    on(
        log -> {
          LogDefects.rememberAttemptsInSessions(log.superuser());
          log.beginParked(1);
        },
        (database, log) -> {
          failInNewProcesses(database, log);
          assertThat(log.openLetters()).as("it is tried for ever").isEmpty();
        });
  }

  @Test
  void attemptsThatTheDatabaseRemembers() {
    on(
        log -> log.beginParked(1),
        (database, log) -> {
          failInNewProcesses(database, log);
          assertThat(log.openLetters()).hasSize(1);
        });
  }

  private static void failInNewProcesses(TestDatabase database, LogScript log) {
    for (int process = 0; process < 4; process++) {
      log.letRetriesBeDue();
      Interleaving.of(database)
          .session("p", LogScript.LOGIN, retry(), rollbackAndCount())
          .run("p", "p");
    }
  }

  private static void breakIn(LogScript log, String function, String regex, String instead) {
    assertThat(LogDefects.rewrite(log.superuser(), function, regex, instead))
        .as("places of %s that were broken", function)
        .isTrue();
  }

  private interface Spec {
    Interleaving on(TestDatabase database, LogScript log);
  }

  private interface Doing {
    void on(TestDatabase database, LogScript log);
  }

  private static void seen(Consumer<LogScript> defect, String complaint, Spec spec) {
    on(
        defect,
        (database, log) ->
            assertThatThrownBy(() -> spec.on(database, log).runAll())
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("in the order [")
                .hasMessageContaining(complaint));
  }

  private static void on(Consumer<LogScript> before, Doing doing) {
    TestDatabase database = TestDatabase.fresh();
    database.open();
    try (LogScript log = new LogScript(database, 1)) {
      before.accept(log);
      doing.on(database, log);
    } finally {
      database.close();
    }
  }
}
