package commondata.subscription;

import static testkit.Interleaving.step;

import java.util.List;
import org.springframework.jdbc.core.JdbcTemplate;
import testkit.Interleaving;
import testkit.TestDatabase;

/** What others than its readers do to the log of a {@link LogScript}, step by step. */
final class LogActs {

  static final String NODE = "commondata_node";

  private LogActs() {}

  /** A node looks for what it reads. */
  static Interleaving.Named look() {
    return step(
        "look",
        session -> session.ask("SELECT parts FROM commondata.look(ARRAY['spec'], 'spec', false)"));
  }

  /** What a look says now: the number of parts, or nothing. */
  static List<Integer> lookNow(TestDatabase database) {
    return database
        .login(NODE)
        .jdbc()
        .sql("SELECT parts FROM commondata.look(ARRAY['spec'], 'spec', false)")
        .query(Integer.class)
        .list();
  }

  /** A worker says that it begins, in a transaction of its own. */
  static Interleaving.Named mark(String worker) {
    return step(
        "mark",
        session -> {
          session.ask(
              "SELECT crash_count FROM commondata.mark_work('spec', 0, ?, 1, 0, 'spec')", worker);
          session.commit();
        });
  }

  /** Somebody began where the cursor stands, with one event, after another, and is gone. */
  static void leaveMarksOfTheDead(JdbcTemplate superuser) {
    superuser.update("DELETE FROM commondata.work_mark WHERE subscription = 'spec'");
    superuser.update(
        """
        INSERT INTO commondata.work_mark (
            subscription, part, worker, pos, event_count, crash_count, marked_at)
        SELECT c.subscription, c.part, 'dead', c.pos, 1, 1, '-infinity'
        FROM commondata.cursor AS c
        WHERE c.subscription = 'spec'
          AND c.part = 0
        """);
  }

  /** Attempts that were counted against events that wait. */
  static long attempts(JdbcTemplate superuser) {
    Long attempts =
        superuser.queryForObject(
            """
            SELECT coalesce(sum(k.attempts), 0)
            FROM commondata.parked_key AS k
            WHERE k.subscription = 'spec'
            """,
            Long.class);
    return attempts == null ? 0 : attempts;
  }

  /** The first event of this order is not due. */
  static void delayFirst(JdbcTemplate superuser, String key) {
    superuser.update(
        """
        INSERT INTO commondata.delay (id, part, key, available_at)
        SELECT o.id, o.part, o.key, clock_timestamp() + interval '1 hour'
        FROM commondata.outbox AS o
        WHERE o.key = ?
        """,
        key);
  }

  /** Its time has come, for whoever has parked it, too. */
  static Interleaving.Named comesDue(LogScript log) {
    return step(
        "comes-due",
        session -> {
          session.ask(
              "UPDATE commondata.delay SET available_at = clock_timestamp() WHERE key = ?",
              log.key());
          session.commit();
        });
  }

  /** An operator lets the first event of this order be handled. */
  static Interleaving.Named release(LogScript log) {
    return step(
        "release",
        session ->
            session.ask(
                """
                SELECT commondata.release_event(o.event_id, 'ann', 'spec')
                FROM commondata.event AS o
                WHERE o.key = ?
                ORDER BY o.occurred_at, o.event_id
                LIMIT 1
                """,
                log.key()));
  }

  /** How many events were handled before their time. */
  static long early(JdbcTemplate superuser) {
    Long early =
        superuser.queryForObject(
            """
            SELECT count(*)
            FROM invariant.delayed_is_not_early
            """,
            Long.class);
    return early == null ? 0 : early;
  }

  /** An operator takes the reader back to the first event of this order. */
  static Interleaving.Named rewind(LogScript log) {
    return step(
        "rewind",
        session ->
            session.ask(
                "SELECT part FROM commondata.rewind_subscription('spec', ?, 'ann', 'spec')",
                "0:" + first(log)));
  }

  private static long first(LogScript log) {
    Long first =
        log.superuser()
            .queryForObject(
                """
                SELECT min(q.seq)
                FROM commondata.log_position AS q
                JOIN commondata.outbox AS o ON o.id = q.id
                WHERE o.key = ?
                """,
                Long.class,
                log.key());
    return first == null ? 0 : first;
  }
}
