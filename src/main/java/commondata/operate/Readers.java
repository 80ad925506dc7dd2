package commondata.operate;

import static commondata.operate.Columns.instantOrNull;
import static commondata.operate.Columns.intOrNull;

import commondata.database.Login;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Subscriptions: how far they are, pause and resume. */
final class Readers {

  private final Login reader;
  private final Supplier<Login> operator;

  Readers(Login reader, Supplier<Login> operator) {
    this.reader = reader;
    this.operator = operator;
  }

  List<Lag> lag() {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                l.subscription,
                NULL AS part,
                l.paused,
                l.waiting,
                l.parked,
                l.parked_keys,
                l.dead,
                l.oldest_seconds,
                l.parked_seconds,
                l.delayed,
                NULL::timestamptz AS paused_until,
                NULL AS pause_reason
            FROM commondata.lag AS l
            ORDER BY l.subscription
            """)
        .query((row, number) -> lag(row))
        .list();
  }

  List<Lag> lagByPart() {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                l.subscription,
                l.part,
                s.paused,
                l.waiting,
                l.parked,
                l.parked_keys,
                l.dead,
                l.oldest_seconds,
                l.parked_seconds,
                l.delayed,
                l.paused_until,
                l.pause_reason
            FROM commondata.lag_by_part AS l
            JOIN commondata.subscription AS s ON s.name = l.subscription
            ORDER BY
                l.subscription,
                l.part
            """)
        .query((row, number) -> lag(row))
        .list();
  }

  private static Lag lag(ResultSet row) throws SQLException {
    return new Lag(
        row.getString("subscription"),
        intOrNull(row, "part"),
        row.getBoolean("paused"),
        row.getLong("waiting"),
        row.getLong("parked"),
        row.getLong("parked_keys"),
        row.getLong("dead"),
        row.getBigDecimal("oldest_seconds"),
        row.getBigDecimal("parked_seconds"),
        row.getLong("delayed"),
        instantOrNull(row, "paused_until"),
        row.getString("pause_reason"));
  }

  List<Wait> waits() {
    return reader
        .jdbc()
        .sql(
            """
            SELECT w.subscription, w.handled, w.p50_ms, w.p99_ms, w.max_ms
            FROM commondata.wait_summary AS w
            ORDER BY w.subscription
            """)
        .query(
            (row, number) ->
                new Wait(
                    row.getString("subscription"),
                    row.getLong("handled"),
                    row.getBigDecimal("p50_ms"),
                    row.getBigDecimal("p99_ms"),
                    row.getBigDecimal("max_ms")))
        .list();
  }

  List<Reader> list() {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                s.name,
                s.owner,
                s.types,
                s.paused,
                s.max_attempts,
                s.on_dead,
                l.waiting,
                l.parked,
                l.dead
            FROM commondata.subscription AS s
            JOIN commondata.lag AS l ON l.subscription = s.name
            ORDER BY s.name
            """)
        .query(
            (row, number) ->
                new Reader(
                    row.getString("name"),
                    row.getString("owner"),
                    List.of((String[]) row.getArray("types").getArray()),
                    row.getBoolean("paused"),
                    row.getInt("max_attempts"),
                    row.getString("on_dead"),
                    row.getLong("waiting"),
                    row.getLong("parked"),
                    row.getLong("dead")))
        .list();
  }

  List<RewoundPart> rewindPlan(String subscription, String to) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT p.part, p.pos, p.new_pos, p.events, p.handled, p.parked, p.dead
            FROM commondata.rewind_plan(:subscription, :to) AS p
            """)
        .param("subscription", subscription)
        .param("to", to)
        .query((row, number) -> rewound(row))
        .list();
  }

  List<RewoundPart> rewind(String subscription, String to, Act act) {
    return operator
        .get()
        .jdbc()
        .sql(
            """
            SELECT p.part, p.pos, p.new_pos, p.events, p.handled, p.parked, p.dead
            FROM commondata.rewind_subscription(:subscription, :to, :actor, :reason) AS p
            """)
        .param("subscription", subscription)
        .param("to", to)
        .param("actor", act.actor())
        .param("reason", act.reason())
        .query((row, number) -> rewound(row))
        .list();
  }

  private static RewoundPart rewound(ResultSet row) throws SQLException {
    return new RewoundPart(
        row.getInt("part"),
        row.getLong("pos"),
        row.getLong("new_pos"),
        row.getLong("events"),
        row.getLong("handled"),
        row.getLong("parked"),
        row.getLong("dead"));
  }

  Optional<Removal> removalPlan(String subscription) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT p.waiting, p.parked, p.parked_keys, p.dead, p.read_at, p.refusal
            FROM commondata.removal_plan(:subscription) AS p
            """)
        .param("subscription", subscription)
        .query((row, number) -> removal(row))
        .optional();
  }

  Optional<Removal> remove(String subscription, Act act) {
    return operator
        .get()
        .jdbc()
        .sql(
            """
            SELECT p.waiting, p.parked, p.parked_keys, p.dead, p.read_at, p.refusal
            FROM commondata.remove_subscription(:subscription, :actor, :reason) AS p
            """)
        .param("subscription", subscription)
        .param("actor", act.actor())
        .param("reason", act.reason())
        .query((row, number) -> removal(row))
        .optional();
  }

  private static Removal removal(ResultSet row) throws SQLException {
    return new Removal(
        row.getLong("waiting"),
        row.getLong("parked"),
        row.getLong("parked_keys"),
        row.getLong("dead"),
        instantOrNull(row, "read_at"),
        row.getString("refusal"));
  }

  List<Alarm> alarms(Duration keep) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT a.alarm, a.subject, a.detail
            FROM commondata.alarms(p_keep => make_interval(secs => :keep)) AS a
            UNION ALL
            SELECT f.alarm, f.subject, f.detail
            FROM commondata.file_alarm AS f
            UNION ALL
            SELECT j.alarm, j.subject, j.detail
            FROM commondata.job_alarm AS j
            """)
        .param("keep", keep.toSeconds())
        .query(
            (row, number) ->
                new Alarm(
                    row.getString("alarm"), row.getString("subject"), row.getString("detail")))
        .list();
  }

  /** Whoever looks does so under a login that nobody else has, and again within seconds. */
  boolean hasNode() {
    return reader
        .jdbc()
        .sql(
            """
            SELECT EXISTS (
                SELECT
                FROM pg_stat_activity AS a
                WHERE a.datname = current_database() AND a.usename = 'commondata_node'
            )
            """)
        .query(Boolean.class)
        .single();
  }

  boolean hasLogin(String login) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = :login AND r.rolcanlogin)
            """)
        .param("login", login)
        .query(Boolean.class)
        .single();
  }

  boolean pause(String subscription, boolean paused, Act act) {
    return operator
        .get()
        .jdbc()
        .sql("SELECT commondata.pause_subscription(:subscription, :paused, :actor, :reason)")
        .param("subscription", subscription)
        .param("paused", paused)
        .param("actor", act.actor())
        .param("reason", act.reason())
        .query(Boolean.class)
        .single();
  }
}
