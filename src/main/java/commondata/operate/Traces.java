package commondata.operate;

import static commondata.operate.Columns.instant;
import static commondata.operate.Columns.longOrNull;

import commondata.database.Login;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What happened to one business id, or to one file, by time. */
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
        .query((row, number) -> entry(row))
        .list();
  }

  /** Of one file, or of all that a run took or wrote. */
  List<TraceEntry> ofFiles(@Nullable Long file, @Nullable Long run) {
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
                NULL::uuid AS event_id,
                t.file,
                NULL::bigint AS line,
                t.run,
                NULL AS traceparent
            FROM (
                SELECT CAST(:file AS bigint) AS id
                UNION
                SELECT f.id
                FROM commondata.file AS f
                WHERE f.run = :run
                UNION
                SELECT CAST(r.params ->> 'file' AS bigint)
                FROM commondata.run AS r
                WHERE r.id = :run AND r.started_by = 'file'
            ) AS n
            JOIN commondata.trace_file AS t ON t.file = n.id
            ORDER BY
                t.at,
                t.file,
                t.run NULLS FIRST
            """)
        .param("file", file)
        .param("run", run)
        .query((row, number) -> entry(row))
        .list();
  }

  private static TraceEntry entry(ResultSet row) throws SQLException {
    return new TraceEntry(
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
        row.getString("traceparent"));
  }
}
