package commondata.subscription;

import static testkit.Interleaving.step;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import testkit.Interleaving;
import testkit.ScriptedSession;

/** What a reader does in a {@link LogScript}, in SQL, step by step. */
final class ReaderSteps {

  private static final String SUBSCRIPTION = "spec";
  private static final int PART = 0;

  private ReaderSteps() {}

  /** What a claim got: bounds, key of the first event, positions. */
  private record Claim(String start, String end, String firstKey, List<String> seqs) {}

  static Interleaving.Named claim(int limit) {
    return step("claim", session -> session.remember(claimed(session, limit)));
  }

  private static Claim claimed(ScriptedSession session, int limit) throws SQLException {
    List<String> rows =
        session.ask(
            """
            SELECT concat_ws(' ', batch_start, batch_end, seq, key, payload ->> 'n')
            FROM commondata.next_batch(?, ?, ?)
            """,
            SUBSCRIPTION,
            limit,
            PART);
    return claim(session, rows);
  }

  private static Claim claim(ScriptedSession session, List<String> rows) throws SQLException {
    String start = "";
    String end = "";
    String firstKey = "";
    List<String> seqs = new ArrayList<>();
    for (String row : rows) {
      String[] fields = row.split(" ", -1);
      start = fields[0];
      end = fields[1];
      seqs.add(fields[2]);
      firstKey = firstKey.isEmpty() ? fields[3] : firstKey;
      session.ask(
          "INSERT INTO spec.effect (key, n) VALUES (?, ?)", fields[3], Long.valueOf(fields[4]));
    }
    return new Claim(start, end, firstKey, seqs);
  }

  static Interleaving.Named finish() {
    return step(
        "finish",
        session -> {
          Claim claim = session.remembered(Claim.class);
          if (claim != null && !claim.seqs.isEmpty()) {
            session.ask(
                "SELECT commondata.finish(?, ?, ?, ?, CAST(? AS bigint[]), 'spec')",
                SUBSCRIPTION,
                PART,
                Long.valueOf(claim.start),
                Long.valueOf(claim.end),
                "{" + String.join(",", claim.seqs) + "}");
          }
        });
  }

  static Interleaving.Named finishAndCommit() {
    Interleaving.Named finish = finish();
    return step(
        "finish-and-commit",
        session -> {
          finish.step().run(session);
          session.commit();
        });
  }

  /** The handler has failed on the first event: back, and then the key is parked, committed. */
  static Interleaving.Named rollbackAndPark() {
    return rollbackAnd("park", "FAILED");
  }

  /** What the handler needs is not there: back, and then the part is paused, committed. */
  static Interleaving.Named rollbackAndPause() {
    return rollbackAnd("pause", "UNAVAILABLE");
  }

  private static Interleaving.Named rollbackAnd(String what, String cause) {
    return step(
        what,
        session -> {
          Claim claim = session.remembered(Claim.class);
          session.rollback();
          if (claim != null && !claim.seqs.isEmpty()) {
            session.ask(
                "SELECT commondata.park(?, ?, ?, 'Spec', 'failed', 'spec', ?)",
                SUBSCRIPTION,
                PART,
                Long.valueOf(claim.seqs.get(0)),
                cause);
            session.commit();
          }
        });
  }

  static Interleaving.Named retry() {
    return step("retry", session -> session.remember(retried(session)));
  }

  /** What a worker does: it marks the key, committed, and then takes it, or its mark back. */
  private static @Nullable Claim retried(ScriptedSession session) throws SQLException {
    List<String> due =
        session.ask(
            "SELECT r.key FROM commondata.begin_retry(?, ?, 'spec') AS r",
            SUBSCRIPTION,
            worker(session));
    session.commit();
    if (due.isEmpty()) {
      return null;
    }
    List<String> head =
        session.ask(
            """
            SELECT concat_ws(' ', batch_start, batch_end, seq, key, payload ->> 'n')
            FROM commondata.next_parked(?, ?, ?, ?)
            """,
            SUBSCRIPTION,
            worker(session),
            PART,
            due.get(0));
    if (head.isEmpty()) {
      session.ask("SELECT commondata.withdraw_marks(?, ?)", SUBSCRIPTION, worker(session));
      session.commit();
      return null;
    }
    return claim(session, head);
  }

  private static String worker(ScriptedSession session) {
    return "worker-" + System.identityHashCode(session);
  }

  static Interleaving.Named finishRetry() {
    return step(
        "finish-retry",
        session -> {
          Claim claim = session.remembered(Claim.class);
          if (claim != null && !claim.seqs.isEmpty()) {
            session.ask(
                "SELECT commondata.finish_parked(?, ?, ?, ?, 'spec')",
                SUBSCRIPTION,
                PART,
                claim.firstKey,
                Long.valueOf(claim.seqs.get(0)));
          }
        });
  }

  static Interleaving.Named finishRetryAndCommit() {
    Interleaving.Named finish = finishRetry();
    return step(
        "finish-retry-and-commit",
        session -> {
          finish.step().run(session);
          session.commit();
        });
  }

  /** The retry has failed: back, and the attempt is counted, committed. */
  static Interleaving.Named rollbackAndCount() {
    return step(
        "count",
        session -> {
          Claim claim = session.remembered(Claim.class);
          session.rollback();
          if (claim != null && !claim.seqs.isEmpty()) {
            session.ask(
                "SELECT commondata.fail_parked(?, ?, ?, ?, ?, 'Spec', 'failed', 'spec')",
                SUBSCRIPTION,
                worker(session),
                PART,
                claim.firstKey,
                Long.valueOf(claim.seqs.get(0)));
            session.commit();
          }
        });
  }

  /** Moves the cursor over what was claimed, in a transaction of its own. */
  static Interleaving.Named advance() {
    return step(
        "advance-and-commit",
        session -> {
          Claim claim = session.remembered(Claim.class);
          if (claim != null && !claim.seqs.isEmpty()) {
            session.ask(
                """
                UPDATE commondata.cursor
                SET pos = greatest(pos, ?)
                WHERE subscription = 'spec'
                  AND part = 0
                """,
                Long.valueOf(claim.end));
          }
          session.commit();
        });
  }
}
