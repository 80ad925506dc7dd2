package commondata.job;

import commondata.database.Login;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** How far a job's schedule is settled, and what was tried since; under the job's own login. */
final class DueLedger {

  private static final String SETTLED =
      """
      SELECT c.settled_until, clock_timestamp() AS now
      FROM (VALUES (:job)) AS j (name)
      LEFT JOIN commondata.job_clock AS c ON c.job = j.name
      """;

  /** Of each date its runs since it became due: the last one, and whether one has succeeded. */
  private static final String TRIED =
      """
      SELECT
          d.business_date,
          count(*) AS runs,
          bool_or(r.state = 'SUCCEEDED') AS succeeded,
          (array_agg(r.exit_code ORDER BY r.id DESC))[1] AS last_exit_code,
          (array_agg(coalesce(r.finished_at, r.started_at) ORDER BY r.id DESC))[1] AS last_at
      FROM unnest(CAST(:dates AS date[]), CAST(:times AS timestamptz[]))
          AS d (business_date, due_at)
      JOIN commondata.run AS r
          ON r.job = :job
          AND r.business_date = d.business_date
          AND r.started_at >= d.due_at
      GROUP BY d.business_date
      """;

  private static final String SETTLE =
      """
      SELECT CAST(commondata.settle_job(:job, :until, :next_due_at) AS text)
      """;

  private final Login login;
  private final String job;

  DueLedger(Login login, String job) {
    this.login = login;
    this.job = job;
  }

  /**
   * How far it is settled, by the row.
   *
   * @param until null: no node has clocked the job yet
   * @param now by the server's clock, which runs are dated by
   */
  record Settled(@Nullable Instant until, Instant now) {}

  Settled settled() {
    return login
        .jdbc()
        .sql(SETTLED)
        .param("job", job)
        .query(
            (row, n) ->
                new Settled(
                    instantOrNull(row, "settled_until"),
                    row.getObject("now", OffsetDateTime.class).toInstant()))
        .single();
  }

  /**
   * The runs of a business date since it became due.
   *
   * @param runs how many
   * @param succeeded whether one of them has
   * @param lastExitCode null while the last one is running
   * @param lastAt when the last one ended; while it is running, when it began
   */
  record Tried(long runs, boolean succeeded, @Nullable Integer lastExitCode, Instant lastAt) {}

  /** By business date; one without runs is absent. */
  Map<LocalDate, Tried> tried(SortedMap<LocalDate, Instant> due) {
    Map<LocalDate, Tried> tried = new HashMap<>();
    login
        .jdbc()
        .sql(TRIED)
        .param("job", job)
        .param("dates", texts(due.keySet()), Types.ARRAY)
        .param("times", texts(due.values()), Types.ARRAY)
        .query(
            row -> {
              tried.put(
                  row.getObject("business_date", LocalDate.class),
                  new Tried(
                      row.getLong("runs"),
                      row.getBoolean("succeeded"),
                      row.getObject("last_exit_code", Integer.class),
                      row.getObject("last_at", OffsetDateTime.class).toInstant()));
            });
    return tried;
  }

  void settle(Instant until, @Nullable Instant nextDueAt) {
    login
        .jdbc()
        .sql(SETTLE)
        .param("job", job)
        .param("until", atUtc(until))
        .param(
            "next_due_at",
            nextDueAt == null ? null : atUtc(nextDueAt),
            Types.TIMESTAMP_WITH_TIMEZONE)
        .query()
        .listOfRows();
  }

  private static @Nullable Instant instantOrNull(ResultSet row, String column) throws SQLException {
    OffsetDateTime value = row.getObject(column, OffsetDateTime.class);
    return value == null ? null : value.toInstant();
  }

  /** The driver makes arrays of texts, and none of dates. */
  private static String[] texts(Collection<?> values) {
    return values.stream().map(Object::toString).toArray(String[]::new);
  }

  private static OffsetDateTime atUtc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}
