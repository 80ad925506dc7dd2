package commondata.operate;

import static commondata.operate.Columns.instant;
import static commondata.operate.Columns.instantOrNull;
import static commondata.operate.Columns.intOrNull;

import commondata.database.Login;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Jobs and their runs. */
final class Runs {

  private final Login reader;
  private final Supplier<Login> operator;

  Runs(Login reader, Supplier<Login> operator) {
    this.reader = reader;
    this.operator = operator;
  }

  List<JobEntry> jobs() {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                j.name,
                j.owner,
                (SELECT max(r.id) FROM commondata.run AS r WHERE r.job = j.name) AS last_run
            FROM commondata.job AS j
            ORDER BY j.name
            """)
        .query(
            (row, number) -> {
              Long last = Columns.longOrNull(row, "last_run");
              return new JobEntry(
                  row.getString("name"),
                  row.getString("owner"),
                  last == null ? null : find(last).orElse(null));
            })
        .list();
  }

  List<RunEntry> list(
      @Nullable String job, @Nullable String state, @Nullable LocalDate date, int limit) {
    return select(null, job, state, date, limit);
  }

  Optional<RunEntry> find(long id) {
    return select(id, null, null, null, 1).stream().findFirst();
  }

  Optional<SkippedJob> skip(String job, Act act) {
    return operator
        .get()
        .jdbc()
        .sql(
            """
            SELECT
                CASE
                    WHEN s.next_due_at <= statement_timestamp() THEN s.next_due_at
                END AS due_since,
                (
                    SELECT string_agg(
                        format('%s (%s)', f.run, f.business_date), ', ' ORDER BY f.run)
                    FROM jsonb_to_recordset(s.failed) AS f (run bigint, business_date date)
                ) AS failed_runs
            FROM commondata.skip_job(:job, :actor, :reason) AS b (given_up)
            CROSS JOIN LATERAL jsonb_to_record(b.given_up) AS s (
                next_due_at timestamptz,
                failed jsonb
            )
            WHERE b.given_up IS NOT NULL
            """)
        .param("job", job)
        .param("actor", act.actor())
        .param("reason", act.reason())
        .query(
            (row, number) ->
                new SkippedJob(instantOrNull(row, "due_since"), row.getString("failed_runs")))
        .optional();
  }

  private List<RunEntry> select(
      @Nullable Long id,
      @Nullable String job,
      @Nullable String state,
      @Nullable LocalDate date,
      int limit) {
    return reader
        .jdbc()
        .sql(
            """
            SELECT
                r.id,
                r.job,
                r.business_date,
                r.attempt,
                r.started_by,
                r.params::text AS params,
                r.node,
                r.state,
                r.exit_code,
                r.read_count,
                r.written_count,
                r.rejected_count,
                r.event_count,
                r.message,
                r.started_at,
                r.finished_at,
                r.took_ms,
                r.files,
                r.progress
            FROM commondata.run_summary AS r
            WHERE (CAST(:id AS bigint) IS NULL OR r.id = :id)
              AND (CAST(:job AS text) IS NULL OR r.job = :job)
              AND (CAST(:state AS text) IS NULL OR r.state = :state)
              AND (CAST(:business_date AS date) IS NULL OR r.business_date = :business_date)
            ORDER BY r.id DESC
            LIMIT :limit
            """)
        .param("id", id)
        .param("job", job)
        .param("state", state)
        .param("business_date", date)
        .param("limit", limit)
        .query((row, number) -> run(row))
        .list();
  }

  private static RunEntry run(ResultSet row) throws SQLException {
    return new RunEntry(
        row.getLong("id"),
        row.getString("job"),
        row.getObject("business_date", LocalDate.class),
        row.getInt("attempt"),
        row.getString("started_by"),
        row.getString("params"),
        row.getString("node"),
        row.getString("state"),
        intOrNull(row, "exit_code"),
        row.getLong("read_count"),
        row.getLong("written_count"),
        row.getLong("rejected_count"),
        row.getLong("event_count"),
        row.getString("message"),
        instant(row, "started_at"),
        instantOrNull(row, "finished_at"),
        row.getLong("took_ms"),
        row.getString("files"),
        row.getString("progress"));
  }
}
