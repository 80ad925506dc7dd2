package commondata.operate;

import static commondata.operate.Columns.instant;
import static commondata.operate.Columns.longOrNull;

import commondata.database.Login;
import java.util.List;
import java.util.UUID;

/** What happened to one business id, by time. */
final class Traces {

  private final Login reader;

  Traces(Login reader) {
    this.reader = reader;
  }

  List<TraceEntry> of(String businessId) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                t.at,
                t.what,
                t.name,
                t.source,
                t.wait_ms,
                t.detail,
                t.event_id,
                t.file,
                t.line,
                t.run,
                t.traceparent
            FROM commondata.trace AS t
            WHERE t.business_id = :business_id
            ORDER BY
                t.at,
                array_position(ARRAY['file', 'run', 'row', 'event', 'receipt', 'mail'], t.what),
                t.event_id,
                t.name
            """)
        .param("business_id", businessId)
        .query(
            (row, number) ->
                new TraceEntry(
                    instant(row, "at"),
                    row.getString("what"),
                    row.getString("name"),
                    row.getString("source"),
                    row.getBigDecimal("wait_ms"),
                    row.getString("detail"),
                    row.getObject("event_id", UUID.class),
                    longOrNull(row, "file"),
                    longOrNull(row, "line"),
                    longOrNull(row, "run"),
                    row.getString("traceparent")))
        .list();
  }
}
