package commondata.subscription;

import static testkit.Interleaving.step;

import java.util.List;
import testkit.Interleaving;

/** What a program that speaks nothing but SQL does in a {@link LogScript}, step by step. */
final class SqlReaderSteps {

  private static final String SUBSCRIPTION = "spec";

  private SqlReaderSteps() {}

  /** Stamps and marks, committed. */
  static Interleaving.Named begin() {
    return step(
        "begin",
        session -> {
          session.ask("SELECT commondata.begin_batch(?)", SUBSCRIPTION);
          session.commit();
        });
  }

  static Interleaving.Named take(int limit) {
    return step(
        "take",
        session ->
            session.ask("SELECT b.seq FROM commondata.take_batch(?, ?) AS b", SUBSCRIPTION, limit));
  }

  /** The first event that was taken is refused, if there is one. */
  static Interleaving.Named fail() {
    return step(
        "fail",
        session -> {
          List<String> first =
              session.ask(
                  "SELECT min(b.seq) FROM commondata.open_batch(?) AS b HAVING count(*) > 0",
                  SUBSCRIPTION);
          for (String seq : first) {
            session.ask("SELECT commondata.fail(?, ?, 'failed')", SUBSCRIPTION, Long.valueOf(seq));
          }
        });
  }

  /** The work on what was not refused, as a set, and the end of the batch. */
  static Interleaving.Named workAndFinish() {
    return step(
        "finish",
        session -> {
          session.ask(
              """
              INSERT INTO spec.effect (key, n)
              SELECT b.key, CAST(b.payload ->> 'n' AS bigint)
              FROM commondata.open_batch(?) AS b
              ORDER BY b.seq
              """,
              SUBSCRIPTION);
          session.ask("SELECT commondata.finish(?)", SUBSCRIPTION);
        });
  }

  static Interleaving.Named workFinishAndCommit() {
    Interleaving.Named finish = workAndFinish();
    return step(
        "finish-and-commit",
        session -> {
          finish.step().run(session);
          session.commit();
        });
  }
}
