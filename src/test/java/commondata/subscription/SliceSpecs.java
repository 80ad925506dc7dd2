package commondata.subscription;

import static testkit.Interleaving.COMMIT;
import static testkit.Interleaving.step;

import java.util.List;
import testkit.Interleaving;
import testkit.TestDatabase;

/**
 * Sessions that meet while a round is numbered in slices, here of one event. {@link SlicesIT} runs
 * them on the log as it is, {@link BrokenAlgorithmsIT} on broken ones.
 */
final class SliceSpecs {

  private SliceSpecs() {}

  /** A transaction that is older than a round publishes behind it, before it is cut, or after. */
  static Interleaving olderThanItsEvent(TestDatabase database, LogScript log) {
    return Interleaving.of(database)
        .before(log::freshKeys)
        .session(
            "a",
            LogScript.LOGIN,
            step("begin", session -> session.ask("SELECT pg_current_xact_id()")),
            log.publish(),
            step("commit", COMMIT))
        .session("b", LogScript.LOGIN, publishBehindTwo(log))
        .session("s", LogScript.LOGIN, log.stampAndCommit(), log.stampAndCommit())
        .after(log::drainAndCheck);
  }

  /** Three slices, of which the last has the event of the key that others publish, too. */
  private static Interleaving.Named publishBehindTwo(LogScript log) {
    return step(
        "publish-behind-two",
        session -> {
          for (Interleaving.Named event :
              List.of(log.publishOther(), log.publishOther(), log.publish())) {
            event.step().run(session);
            session.commit();
          }
        });
  }
}
