package commondata.subscription;

import commondata.database.Login;
import commondata.event.Event;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The statements of {@link Shadow}, under the subscription's login. */
final class PastReader {

  private final Login login;
  private final String subscription;

  PastReader(Login login, String subscription) {
    this.login = login;
    this.subscription = subscription;
  }

  /** A part and the position before the first event to run. */
  record Start(int part, long position) {}

  /** An event that was published: as it is, and as it may be shown. */
  record Published(String whole, String masked) {}

  List<Start> starts(String start) {
    return login
        .jdbc()
        .sql(
            """
            SELECT part, pos FROM commondata.past_starts(:subscription, :start)
            """)
        .param("start", start)
        .param("subscription", subscription)
        .query((row, n) -> new Start(row.getInt("part"), row.getLong("pos")))
        .list();
  }

  List<Event> events(int part, long after, int limit) {
    return login
        .jdbc()
        .sql(
            """
            SELECT
                part,
                batch_start,
                batch_end,
                seq,
                event_id,
                source,
                kind,
                type,
                version,
                key,
                correlation_id,
                causation_id,
                reply_to,
                business_date,
                occurred_at,
                traceparent,
                payload
            FROM commondata.past_events(:subscription, :part, :after, :limit)
            """)
        .param("subscription", subscription)
        .param("part", part)
        .param("after", after)
        .param("limit", limit)
        .query(BatchRows.BATCH)
        .events();
  }

  String outcome(Event event) {
    return login
        .jdbc()
        .sql(
            """
            SELECT commondata.outcome_of(:subscription, :part, :seq)
            """)
        .param("subscription", subscription)
        .param("part", event.part())
        .param("seq", event.seq())
        .query(String.class)
        .single();
  }

  /**
   * What the login published because of these events, all of one part, since a rewind last took
   * them back: one scan, since causes have no index.
   */
  Map<UUID, List<Published>> publishedBecauseOf(List<Event> events) {
    Map<UUID, List<Published>> published = new HashMap<>();
    login
        .jdbc()
        .sql(
            """
            WITH cause AS MATERIALIZED (
                SELECT
                    c.event_id,
                    commondata.taken_back_at(:subscription, :part, c.seq) AS taken_back_at
                FROM unnest(:causes, :seqs) AS c (event_id, seq)
            )
            SELECT
                o.causation_id,
                o.type,
                o.key,
                o.payload::text AS payload,
                commondata.masked(o.payload, t.schema)::text AS masked
            FROM cause AS c
            JOIN commondata.outbox AS o ON o.causation_id = c.event_id
            LEFT JOIN commondata.event_type AS t
                ON t.type = o.type
                AND t.version = o.version
            WHERE o.source = current_user
              AND (c.taken_back_at IS NULL OR o.occurred_at > c.taken_back_at)
            ORDER BY o.id
            """)
        .param("subscription", subscription)
        .param("part", events.get(0).part())
        .param("causes", events.stream().map(Event::eventId).toArray(UUID[]::new), Types.ARRAY)
        .param("seqs", events.stream().map(Event::seq).toArray(Long[]::new), Types.ARRAY)
        .query(
            row -> {
              published
                  .computeIfAbsent(
                      row.getObject("causation_id", UUID.class), id -> new ArrayList<>())
                  .add(published(row));
            });
    return published;
  }

  List<Published> publishedInThisTransaction() {
    return login
        .jdbc()
        .sql(
            """
            SELECT
                o.type,
                o.key,
                o.payload::text AS payload,
                commondata.masked(o.payload, t.schema)::text AS masked
            FROM commondata.outbox AS o
            LEFT JOIN commondata.event_type AS t
                ON t.type = o.type
                AND t.version = o.version
            WHERE o.tx = pg_current_xact_id_if_assigned()
            ORDER BY o.id
            """)
        .query((row, n) -> published(row))
        .list();
  }

  private static Published published(ResultSet row) throws SQLException {
    String head = row.getString("type") + " " + row.getString("key") + " ";
    return new Published(head + row.getString("payload"), head + row.getString("masked"));
  }
}
