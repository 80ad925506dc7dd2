package commondata.operate;

import static commondata.operate.Columns.instant;

import commondata.database.Login;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Looks at events and their types. */
final class Events {

  private final Login reader;

  Events(Login reader) {
    this.reader = reader;
  }

  List<TypeEntry> types() {
    return reader
        .jdbc()
        .sql(
            """
            SELECT t.type, t.version, t.schema IS NOT NULL AS has_schema, t.personal_fields
            FROM commondata.event_type AS t
            ORDER BY
                t.type,
                t.version
            """)
        .query(
            (row, number) ->
                new TypeEntry(
                    row.getString("type"),
                    row.getInt("version"),
                    row.getBoolean("has_schema"),
                    List.of((String[]) row.getArray("personal_fields").getArray())))
        .list();
  }

  List<EventEntry> ofKey(String key, int limit) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                e.event_id,
                e.occurred_at,
                e.type,
                e.version,
                e.key,
                e.source,
                e.kind,
                e.business_date,
                e.correlation_id,
                e.causation_id,
                e.traceparent,
                e.payload
            FROM commondata.event AS e
            WHERE e.key = :key
            ORDER BY
                e.occurred_at DESC,
                e.event_id
            LIMIT :limit
            """)
        .param("key", key)
        .param("limit", limit)
        .query((row, number) -> event(row))
        .list();
  }

  /** Looks into the one day that the id was made in, and at midnight into two. */
  Optional<EventEntry> find(UUID eventId) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                e.event_id,
                e.occurred_at,
                e.type,
                e.version,
                e.key,
                e.source,
                e.kind,
                e.business_date,
                e.correlation_id,
                e.causation_id,
                e.traceparent,
                e.payload
            FROM commondata.event AS e
            WHERE e.event_id = :event_id
              AND e.occurred_at >= commondata.made_at(:event_id) - interval '1 minute'
              AND e.occurred_at <= commondata.made_at(:event_id) + interval '1 minute'
            """)
        .param("event_id", eventId)
        .query((row, number) -> event(row))
        .optional();
  }

  Optional<String> cloudEvent(UUID eventId) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT e.cloud_event
            FROM commondata.event AS e
            WHERE e.event_id = :event_id
              AND e.occurred_at >= commondata.made_at(:event_id) - interval '1 minute'
              AND e.occurred_at <= commondata.made_at(:event_id) + interval '1 minute'
            """)
        .param("event_id", eventId)
        .query(String.class)
        .optional();
  }

  private static EventEntry event(ResultSet row) throws SQLException {
    return new EventEntry(
        row.getObject("event_id", UUID.class),
        instant(row, "occurred_at"),
        row.getString("type"),
        row.getInt("version"),
        row.getString("key"),
        row.getString("source"),
        row.getString("kind"),
        row.getObject("business_date", LocalDate.class),
        row.getObject("correlation_id", UUID.class),
        row.getObject("causation_id", UUID.class),
        row.getString("traceparent"),
        row.getString("payload"));
  }
}
