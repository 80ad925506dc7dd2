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

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.Interleaving;
import testkit.TestDatabase;

/** As {@link InterleavingsIT}, for programs that speak nothing but SQL. */
final class SqlInterleavingsIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @SuppressWarnings("NullAway.Init")
  private static LogScript log;

  @BeforeAll
  static void prepare() {
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
  void twoClientsOfOnePart() {
    int orders =
        spec(3)
            .session("a", LogScript.LOGIN, begin(), take(2), workFinishAndCommit())
            .session("b", LogScript.LOGIN, begin(), take(2), workFinishAndCommit())
            .runAll();

    assertThat(orders).isEqualTo(20);
  }

  @Test
  void aClientRefusesWhileAnotherReads() {
    int orders =
        spec(3)
            .session("a", LogScript.LOGIN, begin(), take(2), fail(), workFinishAndCommit())
            .session("b", LogScript.LOGIN, begin(), take(2), workFinishAndCommit())
            .runAll();

    assertThat(orders).isEqualTo(35);
  }

  @Test
  void aClientThatRefusesRollsBackBesideAnother() {
    int orders =
        spec(3)
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
    spec(1)
        .session("a", LogScript.LOGIN, begin(), take(2), fail(), workFinishAndCommit())
        .session("p", LogScript.LOGIN, log.publish(), step("commit", COMMIT), log.stampAndCommit())
        .runAll();
  }

  @Test
  void aClientRefusesBesideAReaderInJava() {
    spec(3)
        .session("a", LogScript.LOGIN, begin(), take(2), fail(), workFinishAndCommit())
        .session("j", LogScript.LOGIN, claim(2), finishAndCommit())
        .runAll();
  }

  @Test
  void aClientTriesAParkedKeyAgainBesideAReaderAndARetryInJava() {
    Interleaving.of(DATABASE)
        .before(this::parkedKeyWithFollowers)
        .session("a", LogScript.LOGIN, begin(), take(2), workFinishAndCommit())
        .session("r", LogScript.LOGIN, retry(), finishRetryAndCommit())
        .after(
            happened -> {
              log.letRetriesBeDue();
              log.drainAndCheck(happened);
            })
        .runAll();
  }

  @Test
  void twoClientsTryAParkedKeyAgainAndOneFails() {
    Interleaving.of(DATABASE)
        .before(this::parkedKeyWithFollowers)
        .session("a", LogScript.LOGIN, begin(), take(2), fail(), workFinishAndCommit())
        .session("b", LogScript.LOGIN, begin(), take(2), workFinishAndCommit())
        .after(
            happened -> {
              log.letRetriesBeDue();
              log.replayDeadLetters();
              log.drainAndCheckWithoutOrder();
            })
        .runAll();
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
}
