package commondata.job;

import commondata.database.Login;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The rows of {@code commondata.run}, written under the job's own login.
 *
 * <p>A run is started in a transaction of its own, so that everybody sees it. The transaction that
 * does the work holds the row's lock: when the node dies, the server drops the lock, and the next
 * start finds the run unheld and marks it ABANDONED.
 */
public final class RunLedger {

  private static final JsonMapper MAPPER = new JsonMapper();

  private static final String START =
      """
      SELECT commondata.start_run(
          :job,
          :business_date,
          :started_by,
          CAST(:params AS jsonb),
          :node
      )
      """;

  private static final String START_DUE =
      """
      SELECT commondata.start_due_run(:job, :business_date, :due_at, :known_runs, :node)
      """;

  private static final String START_DRY =
      """
      SELECT commondata.start_dry_run(:job, :business_date, :node)
      """;

  private static final String HOLD = "SELECT commondata.hold_run(:run)";

  private static final String FINISH =
      """
      SELECT CAST(commondata.finish_run(
          :run,
          :exit_code,
          :read_count,
          :written_count,
          :rejected_count,
          :event_count,
          :message
      ) AS text)
      """;

  private static final String IS_ENDED =
      """
      SELECT count(*)
      FROM commondata.run AS r
      WHERE r.id = :run
        AND r.job = :job
        AND r.state <> 'RUNNING'
      """;

  private final Login login;
  private final String node;

  public RunLedger(Login login, String node) {
    this.login = login;
    this.node = node;
  }

  /** Name of the process that the runs are of. */
  public String node() {
    return node;
  }

  /** Starts a run in a transaction of its own; empty if the job is running already. */
  public OptionalLong start(
      String job, LocalDate businessDate, StartedBy by, Map<String, String> params) {
    Long id =
        login
            .jdbc()
            .sql(START)
            .param("job", job)
            .param("business_date", businessDate)
            .param("started_by", by.word())
            .param("params", MAPPER.writeValueAsString(params))
            .param("node", node)
            .query((row, n) -> row.getObject(1, Long.class))
            .list()
            .get(0);
    return optional(id);
  }

  /** As {@link #start}; empty also if another run of the date was begun meanwhile. */
  OptionalLong start(String job, DueRun due) {
    return optional(
        login
            .jdbc()
            .sql(START_DUE)
            .param("job", job)
            .param("business_date", due.businessDate())
            .param("due_at", due.dueAt().atOffset(ZoneOffset.UTC))
            .param("known_runs", due.knownRuns())
            .param("node", node)
            .query((row, n) -> row.getObject(1, Long.class))
            .list()
            .get(0));
  }

  private static OptionalLong optional(@Nullable Long id) {
    return id == null ? OptionalLong.empty() : OptionalLong.of(id);
  }

  /**
   * Starts a run in the open transaction, which will be rolled back; until then the job counts as
   * running. Empty if it is running already.
   */
  public OptionalLong startDry(String job, LocalDate businessDate) {
    return optional(
        login
            .jdbc()
            .sql(START_DRY)
            .param("job", job)
            .param("business_date", businessDate)
            .param("node", node)
            .query((row, n) -> row.getObject(1, Long.class))
            .list()
            .get(0));
  }

  /** Locks the run until the open transaction ends; false if another node has given it up. */
  public boolean hold(long run) {
    return login.jdbc().sql(HOLD).param("run", run).query(Boolean.class).single();
  }

  /** Ends the run in the open transaction. */
  public void finish(long run, int exitCode, Counts counts, String message) {
    login
        .jdbc()
        .sql(FINISH)
        .param("run", run)
        .param("exit_code", exitCode)
        .param("read_count", counts.read())
        .param("written_count", counts.written())
        .param("rejected_count", counts.rejected())
        .param("event_count", counts.events())
        .param("message", message)
        .query()
        .listOfRows();
  }

  /** Whether it is a run of the job, and has ended. */
  public boolean isEnded(String job, long run) {
    return login.jdbc().sql(IS_ENDED).param("run", run).param("job", job).query(Long.class).single()
        > 0;
  }

  /** Ends a run whose work was rolled back, in a transaction of its own. */
  public void fail(long run, RunFailure failure, Counts counts) {
    login.inTransactionDo(
        () -> {
          if (hold(run)) {
            finish(run, failure.exitCode(), counts, failure.message());
          }
        });
  }
}
