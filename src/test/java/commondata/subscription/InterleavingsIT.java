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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.Interleaving;

/**
 * Two and three sessions on the log, in every order of their steps. After each order and a drain
 * each event has had its effect once, in its key's order; and the invariants hold.
 */
final class InterleavingsIT {

  @RegisterExtension static final LogSpecs LOG = new LogSpecs();

  @Test
  void aCommitARollbackAndAStamp() {
    int orders =
        LOG.withEvents(0)
            .session("a", LogScript.LOGIN, LOG.log().publish(), step("commit", COMMIT))
            .session("b", LogScript.LOGIN, LOG.log().publishOther(), step("rollback", ROLLBACK))
            .session("s", LogScript.LOGIN, LOG.log().stamp(), step("commit", COMMIT))
            .runAll();

    assertThat(orders).isEqualTo(90);
  }

  @Test
  void twoProducersOfOneKeyAndTwoRoundsOfTheSequencer() {
    int orders =
        LOG.withEvents(0)
            .session("a", LogScript.LOGIN, LOG.log().publish(), step("commit", COMMIT))
            .session("b", LogScript.LOGIN, LOG.log().publish(), step("commit", COMMIT))
            .session("s", LogScript.LOGIN, LOG.log().stampAndCommit(), LOG.log().stampAndCommit())
            .runAll();

    assertThat(orders).isEqualTo(90);
  }

  @Test
  void aProducerWhoseTransactionIsOlderThanItsEvent() {
    int orders =
        LOG.withEvents(0)
            .session(
                "a",
                LogScript.LOGIN,
                step("begin", session -> session.ask("SELECT pg_current_xact_id()")),
                LOG.log().publish(),
                step("commit", COMMIT))
            .session("b", LogScript.LOGIN, LOG.log().publish(), step("commit", COMMIT))
            .session("s", LogScript.LOGIN, LOG.log().stampAndCommit())
            .runAll();

    assertThat(orders).isEqualTo(60);
  }

  @Test
  void twoSequencersAndAProducer() {
    int orders =
        LOG.withEvents(1)
            .session("p", LogScript.LOGIN, LOG.log().publish(), step("commit", COMMIT))
            .session("s", LogScript.LOGIN, LOG.log().stamp(), step("commit", COMMIT))
            .session("t", LogScript.LOGIN, LOG.log().stamp(), step("commit", COMMIT))
            .runAll();

    assertThat(orders).isEqualTo(90);
  }

  @Test
  void aSequencerThatDiesBesideAnother() {
    LOG.withEvents(0)
        .session("p", LogScript.LOGIN, LOG.log().publish(), step("commit", COMMIT))
        .session("s", LogScript.LOGIN, LOG.log().stamp(), step("die", ROLLBACK))
        .session("t", LogScript.LOGIN, LOG.log().stampAndCommit())
        .runAll();
  }

  @Test
  void twoReadersOfOnePart() {
    int orders =
        LOG.withEvents(3)
            .session("a", LogScript.LOGIN, claim(2), finish(), step("commit", COMMIT))
            .session("b", LogScript.LOGIN, claim(2), finish(), step("commit", COMMIT))
            .runAll();

    assertThat(orders).isEqualTo(20);
  }

  @Test
  void aReaderThatDiesBesideAnother() {
    LOG.withEvents(3)
        .session("a", LogScript.LOGIN, claim(2), finish(), step("die", ROLLBACK))
        .session("b", LogScript.LOGIN, claim(2), finish(), step("commit", COMMIT))
        .runAll();
  }

  @Test
  void readingWhileThePositionsAreGiven() {
    LOG.withEvents(1)
        .session("p", LogScript.LOGIN, LOG.log().publish(), step("commit", COMMIT))
        .session("s", LogScript.LOGIN, LOG.log().stampAndCommit())
        .session("a", LogScript.LOGIN, claim(2), finishAndCommit())
        .runAll();
  }

  @Test
  void parkingWhileAnotherReads() {
    LOG.withEvents(2)
        .session("a", LogScript.LOGIN, claim(1), rollbackAndPark())
        .session("b", LogScript.LOGIN, claim(2), finishAndCommit())
        .session("p", LogScript.LOGIN, LOG.log().publish(), step("commit", COMMIT))
        .runAll();
  }

  @Test
  void parkingBehindAFollower() {
    Interleaving.of(LOG.database())
        .before(
            () -> {
              LOG.log().beginParked(2);
              LOG.log().publishOtherNow();
            })
        .session("a", LogScript.LOGIN, claim(2), rollbackAndPark())
        .session("b", LogScript.LOGIN, claim(2), finishAndCommit())
        .after(
            happened -> {
              assertThat(LOG.log().unread())
                  .as("the follower at the head of what is read holds nothing up")
                  .isZero();
              LOG.log().drainAndCheck(happened);
            })
        .runAll();
  }

  @Test
  void twoReadersParkTheSameKey() {
    LOG.withEvents(2)
        .session("a", LogScript.LOGIN, claim(1), rollbackAndPark())
        .session("b", LogScript.LOGIN, claim(1), rollbackAndPark())
        .session("c", LogScript.LOGIN, claim(2), finishAndCommit())
        .runAll();
  }

  @Test
  void aFollowerJoinsTheChainWhileItsHeadIsRetried() {
    LOG.withAParkedKey()
        .session("r", LogScript.LOGIN, retry(), finishRetryAndCommit())
        .session("a", LogScript.LOGIN, claim(2), finishAndCommit())
        .session("b", LogScript.LOGIN, claim(2), finishAndCommit())
        .runAll();
  }

  @Test
  void twoRetriesOfOneKeyOneOfThemFails() {
    LOG.withAParkedKey()
        .session("r", LogScript.LOGIN, retry(), finishRetryAndCommit())
        .session("f", LogScript.LOGIN, retry(), rollbackAndCount())
        .session("a", LogScript.LOGIN, claim(2), finishAndCommit())
        .after(
            happened -> {
              LOG.log().replayDeadLetters();
              LOG.log().drainAndCheckWithoutOrder();
            })
        .runAll();
  }

  @Test
  void anOperatorPausesDuringABatch() {
    LOG.withEvents(3)
        .session("a", LogScript.LOGIN, claim(2), finishAndCommit())
        .session("b", LogScript.LOGIN, claim(2), finishAndCommit())
        .session("o", LogScript.OPERATOR, LOG.log().pause())
        .runAll();
  }

  @Test
  void twoOperatorsReplayOneDeadLetter() {
    int orders =
        LOG.withADeadLetter()
            .session("o", LogScript.OPERATOR, LOG.log().replay(), step("commit", COMMIT))
            .session("p", LogScript.OPERATOR, LOG.log().replay(), step("commit", COMMIT))
            .after(
                happened -> {
                  assertThat(LOG.log().replays()).as("replays that were done").isOne();
                  LOG.log().drainAndCheck(happened);
                })
            .runAll();

    assertThat(orders).isEqualTo(6);
  }

  @Test
  void anOperatorReplaysWhileOthersReadAndRetry() {
    LOG.withADeadLetter()
        .session("o", LogScript.OPERATOR, LOG.log().replay(), step("commit", COMMIT))
        .session("a", LogScript.LOGIN, claim(2), finishAndCommit())
        .session("r", LogScript.LOGIN, retry(), finishRetryAndCommit())
        .after(
            happened -> {
              LOG.log().replayDeadLetters();
              LOG.log().drainAndCheckWithoutOrder();
            })
        .runAll();
  }

  @Test
  void aLookBesideAProducerAndAReader() {
    assertThat(FailureSpecs.look(LOG.database(), LOG.log()).runAll()).isEqualTo(90);
  }

  @Test
  void twoWorkersTakeOverFromTheDead() {
    assertThat(FailureSpecs.takeOver(LOG.database(), LOG.log()).runAll()).isEqualTo(20);
  }

  @Test
  void anOutagePausesAPartWhileOthersProbe() {
    assertThat(FailureSpecs.outage(LOG.database(), LOG.log()).runAll()).isEqualTo(90);
  }

  @Test
  void aDelayedEventComesDueWhileItsFollowerIsPublished() {
    assertThat(FailureSpecs.delay(LOG.database(), LOG.log()).runAll()).isEqualTo(30);
  }

  @Test
  void anOperatorReleasesADelayedEventWhileOthersComeToIt() {
    assertThat(FailureSpecs.release(LOG.database(), LOG.log()).runAll()).isEqualTo(90);
  }

  @Test
  void anOperatorRewindsDuringBatches() {
    assertThat(FailureSpecs.rewind(LOG.database(), LOG.log()).runAll()).isEqualTo(90);
  }
}
