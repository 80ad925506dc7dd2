package commondata.subscription;

import static commondata.subscription.ReaderSteps.claim;
import static commondata.subscription.ReaderSteps.finish;
import static commondata.subscription.ReaderSteps.finishAndCommit;
import static commondata.subscription.ReaderSteps.finishRetryAndCommit;
import static commondata.subscription.ReaderSteps.retry;
import static commondata.subscription.ReaderSteps.rollbackAndCount;
import static commondata.subscription.ReaderSteps.rollbackAndPark;
import static org.assertj.core.api.Assertions.assertThat;
import static testkit.Interleaving.COMMIT;
import static testkit.Interleaving.ROLLBACK;
import static testkit.Interleaving.step;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.Interleaving;
import testkit.TestDatabase;

/**
 * Two and three sessions on the log, in every order of their steps. After each order and a drain
 * each event has had its effect once, in its key's order; and the invariants hold.
 */
final class InterleavingsIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @SuppressWarnings("NullAway.Init")
  private static LogScript log;

  @BeforeAll
  static void begin() {
    log = new LogScript(DATABASE, 10);
  }

  @AfterEach
  void theInvariantsHold() {
    log.checkInvariants();
  }

  @AfterAll
  static void end() {
    log.close();
  }

  @Test
  void aCommitARollbackAndAStamp() {
    int orders =
        spec(0)
            .session("a", LogScript.LOGIN, log.publish(), step("commit", COMMIT))
            .session("b", LogScript.LOGIN, log.publishOther(), step("rollback", ROLLBACK))
            .session("s", LogScript.LOGIN, log.stamp(), step("commit", COMMIT))
            .runAll();

    assertThat(orders).isEqualTo(90);
  }

  @Test
  void twoProducersOfOneKeyAndTwoRoundsOfTheSequencer() {
    int orders =
        spec(0)
            .session("a", LogScript.LOGIN, log.publish(), step("commit", COMMIT))
            .session("b", LogScript.LOGIN, log.publish(), step("commit", COMMIT))
            .session("s", LogScript.LOGIN, log.stampAndCommit(), log.stampAndCommit())
            .runAll();

    assertThat(orders).isEqualTo(90);
  }

  @Test
  void aProducerWhoseTransactionIsOlderThanItsEvent() {
    int orders =
        spec(0)
            .session(
                "a",
                LogScript.LOGIN,
                step("begin", session -> session.ask("SELECT pg_current_xact_id()")),
                log.publish(),
                step("commit", COMMIT))
            .session("b", LogScript.LOGIN, log.publish(), step("commit", COMMIT))
            .session("s", LogScript.LOGIN, log.stampAndCommit())
            .runAll();

    assertThat(orders).isEqualTo(60);
  }

  @Test
  void twoSequencersAndAProducer() {
    int orders =
        spec(1)
            .session("p", LogScript.LOGIN, log.publish(), step("commit", COMMIT))
            .session("s", LogScript.LOGIN, log.stamp(), step("commit", COMMIT))
            .session("t", LogScript.LOGIN, log.stamp(), step("commit", COMMIT))
            .runAll();

    assertThat(orders).isEqualTo(90);
  }

  @Test
  void aSequencerThatDiesBesideAnother() {
    spec(0)
        .session("p", LogScript.LOGIN, log.publish(), step("commit", COMMIT))
        .session("s", LogScript.LOGIN, log.stamp(), step("die", ROLLBACK))
        .session("t", LogScript.LOGIN, log.stampAndCommit())
        .runAll();
  }

  @Test
  void twoReadersOfOnePart() {
    int orders =
        spec(3)
            .session("a", LogScript.LOGIN, claim(2), finish(), step("commit", COMMIT))
            .session("b", LogScript.LOGIN, claim(2), finish(), step("commit", COMMIT))
            .runAll();

    assertThat(orders).isEqualTo(20);
  }

  @Test
  void aReaderThatDiesBesideAnother() {
    spec(3)
        .session("a", LogScript.LOGIN, claim(2), finish(), step("die", ROLLBACK))
        .session("b", LogScript.LOGIN, claim(2), finish(), step("commit", COMMIT))
        .runAll();
  }

  @Test
  void readingWhileThePositionsAreGiven() {
    spec(1)
        .session("p", LogScript.LOGIN, log.publish(), step("commit", COMMIT))
        .session("s", LogScript.LOGIN, log.stampAndCommit())
        .session("a", LogScript.LOGIN, claim(2), finishAndCommit())
        .runAll();
  }

  @Test
  void parkingWhileAnotherReads() {
    spec(2)
        .session("a", LogScript.LOGIN, claim(1), rollbackAndPark())
        .session("b", LogScript.LOGIN, claim(2), finishAndCommit())
        .session("p", LogScript.LOGIN, log.publish(), step("commit", COMMIT))
        .runAll();
  }

  @Test
  void parkingBehindAFollower() {
    Interleaving.of(DATABASE)
        .before(
            () -> {
              log.freshKeys();
              log.publishNow(2);
              log.parkNow();
              log.publishOtherNow();
            })
        .session("a", LogScript.LOGIN, claim(2), rollbackAndPark())
        .session("b", LogScript.LOGIN, claim(2), finishAndCommit())
        .after(
            happened -> {
              assertThat(log.unread())
                  .as("the follower at the head of what is read holds nothing up")
                  .isZero();
              log.drainAndCheck(happened);
            })
        .runAll();
  }

  @Test
  void twoReadersParkTheSameKey() {
    spec(2)
        .session("a", LogScript.LOGIN, claim(1), rollbackAndPark())
        .session("b", LogScript.LOGIN, claim(1), rollbackAndPark())
        .session("c", LogScript.LOGIN, claim(2), finishAndCommit())
        .runAll();
  }

  @Test
  void aFollowerJoinsTheChainWhileItsHeadIsRetried() {
    Interleaving.of(DATABASE)
        .before(this::parkedKeyWithFollowers)
        .session("r", LogScript.LOGIN, retry(), finishRetryAndCommit())
        .session("a", LogScript.LOGIN, claim(2), finishAndCommit())
        .session("b", LogScript.LOGIN, claim(2), finishAndCommit())
        .after(log::drainAndCheck)
        .runAll();
  }

  @Test
  void twoRetriesOfOneKeyOneOfThemFails() {
    Interleaving.of(DATABASE)
        .before(this::parkedKeyWithFollowers)
        .session("r", LogScript.LOGIN, retry(), finishRetryAndCommit())
        .session("f", LogScript.LOGIN, retry(), rollbackAndCount())
        .session("a", LogScript.LOGIN, claim(2), finishAndCommit())
        .after(
            happened -> {
              log.replayDeadLetters();
              log.drainAndCheckWithoutOrder();
            })
        .runAll();
  }

  @Test
  void anOperatorPausesDuringABatch() {
    spec(3)
        .session("a", LogScript.LOGIN, claim(2), finishAndCommit())
        .session("b", LogScript.LOGIN, claim(2), finishAndCommit())
        .session("o", LogScript.OPERATOR, log.pause())
        .runAll();
  }

  @Test
  void twoOperatorsReplayOneDeadLetter() {
    int orders =
        Interleaving.of(DATABASE)
            .before(this::deadLetter)
            .session("o", LogScript.OPERATOR, log.replay(), step("commit", COMMIT))
            .session("p", LogScript.OPERATOR, log.replay(), step("commit", COMMIT))
            .after(
                happened -> {
                  assertThat(log.replays()).as("replays that were done").isOne();
                  log.drainAndCheck(happened);
                })
            .runAll();

    assertThat(orders).isEqualTo(6);
  }

  @Test
  void anOperatorReplaysWhileOthersReadAndRetry() {
    Interleaving.of(DATABASE)
        .before(this::deadLetter)
        .session("o", LogScript.OPERATOR, log.replay(), step("commit", COMMIT))
        .session("a", LogScript.LOGIN, claim(2), finishAndCommit())
        .session("r", LogScript.LOGIN, retry(), finishRetryAndCommit())
        .after(
            happened -> {
              log.replayDeadLetters();
              log.drainAndCheckWithoutOrder();
            })
        .runAll();
  }

  @Test
  void aLookBesideAProducerAndAReader() {
    assertThat(FailureSpecs.look(DATABASE, log).runAll()).isEqualTo(90);
  }

  @Test
  void twoWorkersTakeOverFromTheDead() {
    assertThat(FailureSpecs.takeOver(DATABASE, log).runAll()).isEqualTo(20);
  }

  @Test
  void anOutagePausesAPartWhileOthersProbe() {
    assertThat(FailureSpecs.outage(DATABASE, log).runAll()).isEqualTo(90);
  }

  @Test
  void aDelayedEventComesDueWhileItsFollowerIsPublished() {
    assertThat(FailureSpecs.delay(DATABASE, log).runAll()).isEqualTo(30);
  }

  @Test
  void anOperatorRewindsDuringBatches() {
    assertThat(FailureSpecs.rewind(DATABASE, log).runAll()).isEqualTo(90);
  }

  private Interleaving spec(int events) {
    return Interleaving.of(DATABASE)
        .before(
            () -> {
              log.freshKeys();
              log.publishNow(events);
            })
        .after(log::drainAndCheck);
  }

  /** The first of three events is parked; the cursor stands before the second. */
  private void parkedKeyWithFollowers() {
    log.freshKeys();
    log.publishNow(3);
    log.parkNow();
  }

  /** The first of two events is dead, and its key goes on. */
  private void deadLetter() {
    log.freshKeys();
    log.publishNow(2);
    log.killNow();
  }
}
