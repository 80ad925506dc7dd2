package commondata.operate;

import static commondata.operate.Columns.instant;

import commondata.database.Login;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/** Looks at events and their types, and lets delayed ones go. */
final class Events {

  private final Login reader;
  private final Supplier<Login> operator;

  Events(Login reader, Supplier<Login> operator) {
    this.reader = reader;
    this.operator = operator;
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

  /**
   * Looks into the one day that the id was made in, and at midnight into two. What isn't there was
   * published long after its id was made, or with an id that says no time: then it reads the whole
   * log.
   */
  Optional<EventEntry> find(UUID eventId) {
    return find(eventId, Span.around(eventId)).or(() -> find(eventId, Span.ALL));
  }

  private Optional<EventEntry> find(UUID eventId, Span span) {
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
              AND e.occurred_at >= CAST(:since AS timestamptz)
              AND e.occurred_at <= CAST(:until AS timestamptz)
            LIMIT 1
            """)
        .param("event_id", eventId)
        .param("since", span.since())
        .param("until", span.until())
        .query((row, number) -> event(row))
        .optional();
  }

  boolean release(UUID eventId, Act act) {
    return operator
        .get()
        .jdbc()
        .sql("SELECT commondata.release_event(:event_id, :actor, :reason)")
        .param("event_id", eventId)
        .param("actor", act.actor())
        .param("reason", act.reason())
        .query(Boolean.class)
        .single();
  }

  /** As {@link #find}. */
  Optional<String> cloudEvent(UUID eventId) {
    return cloudEvent(eventId, Span.around(eventId)).or(() -> cloudEvent(eventId, Span.ALL));
  }

  private Optional<String> cloudEvent(UUID eventId, Span span) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT e.cloud_event
            FROM commondata.event AS e
            WHERE e.event_id = :event_id
              AND e.occurred_at >= CAST(:since AS timestamptz)
              AND e.occurred_at <= CAST(:until AS timestamptz)
            LIMIT 1
            """)
        .param("event_id", eventId)
        .param("since", span.since())
        .param("until", span.until())
        .query(String.class)
        .optional();
  }

  /** Times between which an event is looked for. */
  private record Span(String since, String until) {

    /** Times behind that are written in another way. */
    private static final Instant LATEST = Instant.parse("9999-01-01T00:00:00Z");

    private static final Span ALL = new Span("-infinity", "infinity");

    /** A UUID of version 7 begins with the milliseconds at which it was made. */
    private static Span around(UUID eventId) {
      Instant madeAt = Instant.ofEpochMilli(eventId.getMostSignificantBits() >>> 16);
      if (eventId.version() != 7 || madeAt.isAfter(LATEST)) {
        return ALL;
      }
      return new Span(
          madeAt.minus(1, ChronoUnit.MINUTES).toString(),
          madeAt.plus(1, ChronoUnit.MINUTES).toString());
    }
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
