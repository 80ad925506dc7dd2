package commondata.subscription;

import static commondata.subscription.ReaderSteps.claim;
import static commondata.subscription.ReaderSteps.finishAndCommit;
import static commondata.subscription.ReaderSteps.finishRetryAndCommit;
import static commondata.subscription.ReaderSteps.retry;
import static commondata.subscription.SqlReaderSteps.begin;
import static commondata.subscription.SqlReaderSteps.fail;
import static commondata.subscription.SqlReaderSteps.take;
import static commondata.subscription.SqlReaderSteps.workAndFinish;
import static commondata.subscription.SqlReaderSteps.workFinishAndCommit;
import static org.assertj.core.api.Assertions.assertThat;
import static testkit.Interleaving.COMMIT;
import static testkit.Interleaving.ROLLBACK;
import static testkit.Interleaving.step;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** As {@link InterleavingsIT}, for programs that speak nothing but SQL. */
final class SqlInterleavingsIT {

  @RegisterExtension static final LogSpecs LOG = new LogSpecs();

  @Test
  void twoClientsOfOnePart() {
    int orders =
        LOG.withEvents(3)
            .session("a", LogScript.LOGIN, begin(), take(2), workFinishAndCommit())
            .session("b", LogScript.LOGIN, begin(), take(2), workFinishAndCommit())
            .runAll();

    assertThat(orders).isEqualTo(20);
  }

  @Test
  void aClientRefusesWhileAnotherReads() {
    int orders =
        LOG.withEvents(3)
            .session("a", LogScript.LOGIN, begin(), take(2), fail(), workFinishAndCommit())
            .session("b", LogScript.LOGIN, begin(), take(2), workFinishAndCommit())
            .runAll();

    assertThat(orders).isEqualTo(35);
  }

  @Test
  void aClientThatRefusesRollsBackBesideAnother() {
    int orders =
        LOG.withEvents(3)
            .session(
                "a",
                LogScript.LOGIN,
                begin(),
                take(2),
                fail(),
                workAndFinish(),
                step("rollback", ROLLBACK))
            .session("b", LogScript.LOGIN, begin(), take(2), workFinishAndCommit())
            .runAll();

    assertThat(orders).isEqualTo(56);
  }

  @Test
  void aClientRefusesWhileItsFollowerIsPublishedAndStamped() {
    LOG.withEvents(1)
        .session("a", LogScript.LOGIN, begin(), take(2), fail(), workFinishAndCommit())
        .session(
            "p",
            LogScript.LOGIN,
            LOG.log().publish(),
            step("commit", COMMIT),
            LOG.log().stampAndCommit())
        .runAll();
  }

  @Test
  void aClientRefusesBesideAReaderInJava() {
    LOG.withEvents(3)
        .session("a", LogScript.LOGIN, begin(), take(2), fail(), workFinishAndCommit())
        .session("j", LogScript.LOGIN, claim(2), finishAndCommit())
        .runAll();
  }

  @Test
  void aClientTriesAParkedKeyAgainBesideAReaderAndARetryInJava() {
    LOG.withAParkedKey()
        .session("a", LogScript.LOGIN, begin(), take(2), workFinishAndCommit())
        .session("r", LogScript.LOGIN, retry(), finishRetryAndCommit())
        .after(
            happened -> {
              LOG.log().letRetriesBeDue();
              LOG.log().drainAndCheck(happened);
            })
        .runAll();
  }

  @Test
  void twoClientsTryAParkedKeyAgainAndOneFails() {
    LOG.withAParkedKey()
        .session("a", LogScript.LOGIN, begin(), take(2), fail(), workFinishAndCommit())
        .session("b", LogScript.LOGIN, begin(), take(2), workFinishAndCommit())
        .after(
            happened -> {
              LOG.log().letRetriesBeDue();
              LOG.log().replayDeadLetters();
              LOG.log().drainAndCheckWithoutOrder();
            })
        .runAll();
  }
}
