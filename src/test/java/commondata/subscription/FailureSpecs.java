package commondata.subscription;

import static commondata.subscription.ReaderSteps.claim;
import static commondata.subscription.ReaderSteps.finishAndCommit;
import static commondata.subscription.ReaderSteps.rollbackAndPause;
import static org.assertj.core.api.Assertions.assertThat;
import static testkit.Interleaving.COMMIT;
import static testkit.Interleaving.step;

import testkit.Interleaving;
import testkit.TestDatabase;

/**
 * Sessions that meet around what is rare: looks, deaths, outages, delays, rewinds. {@link
 * InterleavingsIT} runs them on the log as it is, {@link BrokenAlgorithmsIT} on broken ones.
 */
final class FailureSpecs {

  private FailureSpecs() {}

  /** A look stamps beside whoever commits and reads, waits for nobody, and hides nothing. */
  static Interleaving look(TestDatabase database, LogScript log) {
    return Interleaving.of(database)
        .before(() -> log.begin(1))
        .session("l", LogActs.NODE, LogActs.look(), step("commit", COMMIT))
        .session("p", LogScript.LOGIN, log.publish(), step("commit", COMMIT))
        .session("a", LogScript.LOGIN, claim(2), finishAndCommit())
        .after(
            happened -> {
              assertThat(happened).doesNotContain("l.look waits");
              assertThat(LogActs.lookNow(database))
                  .as("parts announced")
                  .hasSize(log.unread() > 0 ? 1 : 0);
              log.drainAndCheck(happened);
            });
  }

  /**
   * Two have died of the first event: of the next two workers, one finds it, and counts it once.
   */
  static Interleaving takeOver(TestDatabase database, LogScript log) {
    return Interleaving.of(database)
        .before(
            () -> {
              log.begin(2);
              log.publishOtherNow();
              LogActs.leaveMarksOfTheDead(log.superuser());
            })
        .session("a", LogScript.LOGIN, LogActs.mark("a"), claim(1), finishAndCommit())
        .session("b", LogScript.LOGIN, LogActs.mark("b"), claim(1), finishAndCommit())
        .after(
            happened -> {
              assertThat(LogActs.attempts(log.superuser()))
                  .as("attempts that the dead have cost")
                  .isOne();
              log.letRetriesBeDue();
              log.drainAndCheck(happened);
            });
  }

  /** One finds that what it needs is not there, while others read, or probe whether it is back. */
  static Interleaving outage(TestDatabase database, LogScript log) {
    return Interleaving.of(database)
        .before(() -> log.begin(3))
        .session("a", LogScript.LOGIN, claim(1), rollbackAndPause())
        .session("b", LogScript.LOGIN, claim(2), finishAndCommit())
        .session("c", LogScript.LOGIN, claim(1), finishAndCommit())
        .after(
            happened -> {
              assertThat(LogActs.attempts(log.superuser()))
                  .as("attempts that an outage has cost")
                  .isZero();
              log.drainAndCheck(happened);
            });
  }

  /** The time of a delayed event comes while its follower is published and others read. */
  static Interleaving delay(TestDatabase database, LogScript log) {
    return Interleaving.of(database)
        .before(
            () -> {
              log.begin(1);
              LogActs.delayFirst(log.superuser(), log.key());
            })
        .session("t", database.owner(), LogActs.comesDue(log))
        .session("p", LogScript.LOGIN, log.publish(), step("commit", COMMIT))
        .session("a", LogScript.LOGIN, claim(2), finishAndCommit())
        .after(
            happened -> {
              log.letRetriesBeDue();
              log.drainAndCheck(happened);
              assertThat(LogActs.early(log.superuser())).as("handled before their time").isZero();
            });
  }

  /** An operator releases a delayed event while others come to it: nobody waits for its time. */
  static Interleaving release(TestDatabase database, LogScript log) {
    return Interleaving.of(database)
        .before(
            () -> {
              log.begin(1);
              LogActs.delayFirst(log.superuser(), log.key());
              log.publishNow(1);
            })
        .session("o", LogScript.OPERATOR, LogActs.release(log), step("commit", COMMIT))
        .session("a", LogScript.LOGIN, claim(2), finishAndCommit())
        .session("b", LogScript.LOGIN, claim(2), finishAndCommit())
        .after(log::drainAndCheck);
  }

  /** An operator takes the reader back while two batches are under way. */
  static Interleaving rewind(TestDatabase database, LogScript log) {
    return Interleaving.of(database)
        .before(() -> log.begin(3))
        .session("a", LogScript.LOGIN, claim(2), finishAndCommit())
        .session("b", LogScript.LOGIN, claim(2), finishAndCommit())
        .session("o", LogScript.OPERATOR, LogActs.rewind(log), step("commit", COMMIT))
        .after(happened -> log.drainAndCheckWithRewinds());
  }
}
