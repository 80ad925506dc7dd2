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

  static final ResultSetExtractor<Batch> BATCH = BatchReader::batch;

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
