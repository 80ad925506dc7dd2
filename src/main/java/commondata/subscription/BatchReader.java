package commondata.subscription;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.Kind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.ResultSetExtractor;

/**
 * The statements of {@link Poller}: functions of the kit, called under the subscription's login.
 */
final class BatchReader {

  private final Login login;
  private final String subscription;
  private final String node;

  BatchReader(Login login, String subscription, String node) {
    this.login = login;
    this.subscription = subscription;
    this.node = node;
  }

  Batch nextBatch(int limit, @Nullable Integer part) {
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
            FROM commondata.next_batch(:subscription, :limit, :part)
            """)
        .param("subscription", subscription)
        .param("limit", limit)
        .param("part", part, Types.INTEGER)
        .query(BATCH);
  }

  void finish(Batch batch) {
    login
        .jdbc()
        .sql(
            """
            SELECT commondata.finish(:subscription, :part, :start, :end, :seqs, :node)
            """)
        .param("subscription", subscription)
        .param("part", batch.events().get(0).part())
        .param("start", batch.start())
        .param("end", batch.end())
        .param("seqs", batch.seqs(), Types.ARRAY)
        .param("node", node)
        .query((row, n) -> true)
        .single();
  }

  boolean park(Event culprit, String errorClass, String errorMessage) {
    return login
        .jdbc()
        .sql(
            """
            SELECT commondata.park(:subscription, :part, :seq, :error_class, :error_message, :node)
            """)
        .param("subscription", subscription)
        .param("part", culprit.part())
        .param("seq", culprit.seq())
        .param("error_class", errorClass)
        .param("error_message", errorMessage)
        .param("node", node)
        .query(Boolean.class)
        .single();
  }

  Batch nextParked() {
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
            FROM commondata.next_parked(:subscription)
            """)
        .param("subscription", subscription)
        .query(BATCH);
  }

  void finishParked(Event event) {
    login
        .jdbc()
        .sql(
            """
            SELECT commondata.finish_parked(:subscription, :part, :key, :seq, :node)
            """)
        .param("subscription", subscription)
        .param("part", event.part())
        .param("key", event.key())
        .param("seq", event.seq())
        .param("node", node)
        .query((row, n) -> true)
        .single();
  }

  void failParked(Event event, String errorClass, String errorMessage) {
    login
        .jdbc()
        .sql(
            """
            SELECT commondata.fail_parked(
                :subscription,
                :part,
                :key,
                :seq,
                :error_class,
                :error_message,
                :node
            )
            """)
        .param("subscription", subscription)
        .param("part", event.part())
        .param("key", event.key())
        .param("seq", event.seq())
        .param("error_class", errorClass)
        .param("error_message", errorMessage)
        .param("node", node)
        .query((row, n) -> true)
        .single();
  }

  private static final ResultSetExtractor<Batch> BATCH = BatchReader::batch;

  private static Batch batch(ResultSet rows) throws SQLException {
    List<Event> events = new ArrayList<>();
    long start = 0;
    long end = 0;
    while (rows.next()) {
      start = rows.getLong("batch_start");
      end = rows.getLong("batch_end");
      events.add(event(rows));
    }
    return new Batch(start, end, List.copyOf(events));
  }

  private static Event event(ResultSet row) throws SQLException {
    return new Event(
        row.getInt("part"),
        row.getLong("seq"),
        row.getObject("event_id", UUID.class),
        row.getString("source"),
        Kind.ofColumn(row.getString("kind")),
        row.getString("type"),
        row.getInt("version"),
        row.getString("key"),
        row.getObject("correlation_id", UUID.class),
        row.getObject("causation_id", UUID.class),
        row.getString("reply_to"),
        row.getObject("business_date", LocalDate.class),
        row.getObject("occurred_at", OffsetDateTime.class).toInstant(),
        row.getString("traceparent"),
        row.getString("payload"));
  }
}
