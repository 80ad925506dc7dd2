package commondata.subscription;

import commondata.event.Event;
import commondata.event.Kind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.ResultSetExtractor;

/**
 * Rows of {@code commondata.batch_event} as a batch. Columns are looked up by name once a result,
 * not once a row: that was a tenth of the time in which a node reads a large batch.
 */
final class BatchRows {

  static final ResultSetExtractor<Batch> BATCH = rows -> new BatchRows(rows).batch();

  private final ResultSet rows;
  private final int batchStart;
  private final int batchEnd;
  private final int part;
  private final int seq;
  private final int eventId;
  private final int source;
  private final int kind;
  private final int type;
  private final int version;
  private final int key;
  private final int correlationId;
  private final int causationId;
  private final int replyTo;
  private final int businessDate;
  private final int occurredAt;
  private final int traceparent;
  private final int payload;

  private BatchRows(ResultSet rows) throws SQLException {
    this.rows = rows;
    this.batchStart = rows.findColumn("batch_start");
    this.batchEnd = rows.findColumn("batch_end");
    this.part = rows.findColumn("part");
    this.seq = rows.findColumn("seq");
    this.eventId = rows.findColumn("event_id");
    this.source = rows.findColumn("source");
    this.kind = rows.findColumn("kind");
    this.type = rows.findColumn("type");
    this.version = rows.findColumn("version");
    this.key = rows.findColumn("key");
    this.correlationId = rows.findColumn("correlation_id");
    this.causationId = rows.findColumn("causation_id");
    this.replyTo = rows.findColumn("reply_to");
    this.businessDate = rows.findColumn("business_date");
    this.occurredAt = rows.findColumn("occurred_at");
    this.traceparent = rows.findColumn("traceparent");
    this.payload = rows.findColumn("payload");
  }

  private Batch batch() throws SQLException {
    List<Event> events = new ArrayList<>();
    long start = 0;
    long end = 0;
    while (rows.next()) {
      start = rows.getLong(batchStart);
      end = rows.getLong(batchEnd);
      events.add(event());
    }
    return new Batch(start, end, List.copyOf(events));
  }

  private Event event() throws SQLException {
    return new Event(
        rows.getInt(part),
        rows.getLong(seq),
        rows.getObject(eventId, UUID.class),
        rows.getString(source),
        Kind.ofColumn(rows.getString(kind)),
        rows.getString(type),
        rows.getInt(version),
        rows.getString(key),
        rows.getObject(correlationId, UUID.class),
        rows.getObject(causationId, UUID.class),
        rows.getString(replyTo),
        rows.getObject(businessDate, LocalDate.class),
        rows.getObject(occurredAt, OffsetDateTime.class).toInstant(),
        rows.getString(traceparent),
        rows.getString(payload));
  }
}
