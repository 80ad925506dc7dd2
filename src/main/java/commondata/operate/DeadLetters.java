package commondata.operate;

import static commondata.operate.Columns.instant;
import static commondata.operate.Columns.instantOrNull;

import commondata.database.Login;
import commondata.fault.FaultPoint;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The message hospital: looks at dead letters, replays and discards them. */
final class DeadLetters {

  private static final String REPLAY = "SELECT commondata.replay_dead_letter(:id, :actor, :reason)";
  private static final String DISCARD =
      "SELECT commondata.discard_dead_letter(:id, :actor, :reason)";

  private final Login reader;
  private final Supplier<Login> operator;

  DeadLetters(Login reader, Supplier<Login> operator) {
    this.reader = reader;
    this.operator = operator;
  }

  List<DeadLetter> list(DeadLetterFilter filter, int limit) {
    return select(null, filter, limit);
  }

  Optional<DeadLetter> find(long id) {
    return select(id, new DeadLetterFilter(null, null, null, null, null), 1).stream().findFirst();
  }

  private List<DeadLetter> select(@Nullable Long id, DeadLetterFilter filter, int limit) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                d.id,
                d.subscription,
                d.state,
                d.type,
                d.version,
                d.key,
                d.event_id,
                d.business_date,
                (
                    SELECT m.payload
                    FROM commondata.dead_letter_payload AS m
                    WHERE m.id = d.id
                ) AS payload,
                d.attempts,
                d.error_class,
                d.error_message,
                d.node,
                d.died_at,
                d.closed_at,
                d.closed_by,
                d.reason,
                (
                    SELECT count(*)
                    FROM commondata.parked_event AS e
                    WHERE e.subscription = d.subscription
                      AND e.part = d.part
                      AND e.key = d.key
                      AND e.seq > d.seq
                ) AS followers
            FROM commondata.dead_letter AS d
            WHERE (CAST(:id AS bigint) IS NULL OR d.id = :id)
              AND (CAST(:subscription AS text) IS NULL OR d.subscription = :subscription)
              AND (CAST(:state AS text) IS NULL OR d.state = :state)
              AND (CAST(:type AS text) IS NULL OR d.type = :type)
              AND (CAST(:key AS text) IS NULL OR d.key = :key)
              AND (
                  CAST(:error AS text) IS NULL
                  OR strpos(lower(d.error_class || ': ' || d.error_message), lower(:error)) > 0
              )
            ORDER BY d.id
            LIMIT :limit
            """)
        .param("id", id)
        .param("subscription", filter.subscription())
        .param("state", filter.state())
        .param("type", filter.type())
        .param("key", filter.key())
        .param("error", filter.error())
        .param("limit", limit)
        .query((row, number) -> letter(row))
        .list();
  }

  private static DeadLetter letter(ResultSet row) throws SQLException {
    return new DeadLetter(
        row.getLong("id"),
        row.getString("subscription"),
        row.getString("state"),
        row.getString("type"),
        row.getInt("version"),
        row.getString("key"),
        row.getObject("event_id", UUID.class),
        row.getObject("business_date", LocalDate.class),
        row.getString("payload"),
        row.getInt("attempts"),
        row.getString("error_class"),
        row.getString("error_message"),
        row.getString("node"),
        instant(row, "died_at"),
        instantOrNull(row, "closed_at"),
        row.getString("closed_by"),
        row.getString("reason"),
        row.getLong("followers"));
  }

  boolean replay(long id, Act act) {
    return act(REPLAY, id, act);
  }

  boolean discard(long id, Act act) {
    return act(DISCARD, id, act);
  }

  private boolean act(String sql, long id, Act act) {
    FaultPoint.HOSPITAL_BEGUN.reached();
    boolean done =
        operator
            .get()
            .jdbc()
            .sql(sql)
            .param("id", id)
            .param("actor", act.actor())
            .param("reason", act.reason())
            .query(Boolean.class)
            .single();
    FaultPoint.HOSPITAL_DONE.reached();
    return done;
  }
}
