package commondata.operate;

import static commondata.operate.Columns.instant;
import static commondata.operate.Columns.instantOrNull;
import static commondata.operate.Columns.longOrNull;

import commondata.database.Login;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Dead letters, as they are looked at; {@link Hospital} acts on them. */
final class DeadLetters {

  private final Login reader;

  DeadLetters(Login reader) {
    this.reader = reader;
  }

  List<DeadLetter> list(DeadLetterFilter filter, int limit) {
    return select(null, filter, limit);
  }

  Optional<DeadLetter> find(long id) {
    return select(id, DeadLetterFilter.ANY, 1).stream().findFirst();
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
                ) AS followers,
                d.cause,
                d.edited_from,
                p.act AS proposed,
                p.actor AS proposed_by,
                p.number AS proposal
            FROM commondata.dead_letter AS d
            LEFT JOIN commondata.letter_proposal AS p ON p.letter = d.id
            WHERE (CAST(:id AS bigint) IS NULL OR d.id = :id)
              AND (CAST(:subscription AS text) IS NULL OR d.subscription = :subscription)
              AND (CAST(:state AS text) IS NULL OR d.state = :state)
              AND (CAST(:type AS text) IS NULL OR d.type = :type)
              AND (CAST(:key AS text) IS NULL OR d.key = :key)
              AND (CAST(:group AS text) IS NULL OR d.cause = :group)
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
        .param("group", filter.group())
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
        row.getLong("followers"),
        row.getString("cause"),
        longOrNull(row, "edited_from"),
        row.getString("proposed"),
        row.getString("proposed_by"),
        longOrNull(row, "proposal"));
  }

  boolean hasSet(long set) {
    return reader
        .jdbc()
        .sql("SELECT EXISTS (SELECT FROM commondata.letter_set AS s WHERE s.id = :set)")
        .param("set", set)
        .query(Boolean.class)
        .single();
  }

  List<DeadLetterGroup> groups(DeadLetterFilter filter) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                d.cause,
                d.subscription,
                d.type,
                d.error_class,
                commondata.error_pattern(min(d.error_message)) AS error_pattern,
                count(*) AS letters,
                count(DISTINCT d.key) AS keys,
                min(d.died_at) AS first_at,
                max(d.died_at) AS last_at,
                min(d.id) AS sample
            FROM commondata.dead_letter AS d
            WHERE (CAST(:subscription AS text) IS NULL OR d.subscription = :subscription)
              AND (CAST(:state AS text) IS NULL OR d.state = :state)
              AND (CAST(:type AS text) IS NULL OR d.type = :type)
              AND (CAST(:key AS text) IS NULL OR d.key = :key)
              AND (CAST(:group AS text) IS NULL OR d.cause = :group)
              AND (
                  CAST(:error AS text) IS NULL
                  OR strpos(lower(d.error_class || ': ' || d.error_message), lower(:error)) > 0
              )
            GROUP BY d.cause, d.subscription, d.type, d.error_class
            ORDER BY
                count(*) DESC,
                min(d.id)
            """)
        .param("subscription", filter.subscription())
        .param("state", filter.state())
        .param("type", filter.type())
        .param("key", filter.key())
        .param("error", filter.error())
        .param("group", filter.group())
        .query(
            (row, number) ->
                new DeadLetterGroup(
                    row.getString("cause"),
                    row.getString("subscription"),
                    row.getString("type"),
                    row.getString("error_class"),
                    row.getString("error_pattern"),
                    row.getLong("letters"),
                    row.getLong("keys"),
                    instant(row, "first_at"),
                    instant(row, "last_at"),
                    row.getLong("sample")))
        .list();
  }
}
