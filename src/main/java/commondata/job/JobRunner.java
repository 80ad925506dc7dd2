package commondata.job;

import commondata.database.Database;
import commondata.database.Login;
import commondata.fault.FaultPoint;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Runs the steps of a job: one run, one transaction, under the owner's login.
 *
 * <p>Rows touched: the run (started in a transaction of its own), then, in one commit, whatever the
 * steps write, their events, and the run's end. On a crash
 *
 * <ul>
 *   <li>before the run is started, nothing has happened;
 *   <li>while the steps run, the server rolls them back and drops the run's lock; the next start
 *       marks the run ABANDONED and begins anew;
 *   <li>after the commit, the work is done once; files of export steps that still have their hidden
 *       name get their right one by {@link Exporter#settle}, which a poll calls, too.
 * </ul>
 *
 * <p>Thread-safe.
 */
public final class JobRunner {

  private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);

  private final JobCatalog catalog;
  private final Database database;
  private final Exporter exporter;
  private final String node;

  /**
   * A runner of the jobs of a catalog.
   *
   * @throws DefinitionException if one of them has a file that can't be written
   */
  public JobRunner(JobCatalog catalog, Database database, Exporter exporter, String node) {
    catalog.all().forEach(exporter::check);
    this.catalog = catalog;
    this.database = database;
    this.exporter = exporter;
    this.node = node;
  }

  /** What writes the files of its jobs: one a node, because it says once what is in the way. */
  public Exporter exporter() {
    return exporter;
  }

  /**
   * Runs a job for a business date and returns when it is finished.
   *
   * @param params values of the job's own parameters; those not given take their default
   */
  public RunResult run(
      String name, LocalDate businessDate, StartedBy by, Map<String, String> params) {
    return run(
        name,
        businessDate,
        by,
        params,
        (job, ledger) -> ledger.start(job.name(), businessDate, by, params));
  }

  /**
   * As {@link #run} by the schedule; {@link RunResult.AlreadyRunning} if another one came first.
   */
  RunResult runDue(String name, DueRun due) {
    return run(
        name,
        due.businessDate(),
        StartedBy.SCHEDULE,
        Map.of(),
        (job, ledger) -> ledger.start(job.name(), due));
  }

  private RunResult run(
      String name, LocalDate businessDate, StartedBy by, Map<String, String> params, Start start) {
    JobDefinition job = catalog.find(name).orElse(null);
    if (job == null) {
      return new RunResult.UnknownJob(name, catalog.whyUnknown(name));
    }
    if (job.source() != null) {
      return new RunResult.Refused(
          name,
          "job \"%s\" is a feed: it runs when a file arrives in drop/%s/incoming"
              .formatted(name, job.source().feed()));
    }
    Map<String, Object> values = new HashMap<>();
    try {
      values.putAll(valuesOf(job, params));
    } catch (IllegalArgumentException e) {
      return new RunResult.Refused(name, String.valueOf(e.getMessage()));
    }
    values.put("business_date", businessDate);
    return run(new Wanted(job, businessDate, by, values, start));
  }

  private static Map<String, Object> valuesOf(JobDefinition job, Map<String, String> given) {
    Map<String, Object> values = new HashMap<>();
    for (Param param : job.params()) {
      String text = given.getOrDefault(param.name(), param.value());
      if (text == null) {
        throw new IllegalArgumentException(
            "parameter \"%s\" of job \"%s\" must be given: --param %s=..."
                .formatted(param.name(), job.name(), param.name()));
      }
      values.put(param.name(), param.parse(text));
    }
    for (String name : given.keySet()) {
      if (!values.containsKey(name)) {
        List<String> known = job.params().stream().map(Param::name).toList();
        String near = Spelling.nearest(name, known);
        throw new IllegalArgumentException(
            "job \"%s\" has no parameter \"%s\"; %s"
                .formatted(
                    job.name(),
                    name,
                    near == null ? "known are " + known : "did you mean \"" + near + "\"?"));
      }
    }
    return values;
  }

  /** Begins a run, in a transaction of its own; empty if none may begin now. */
  @FunctionalInterface
  private interface Start {
    OptionalLong of(JobDefinition job, RunLedger ledger);
  }

  private record Wanted(
      JobDefinition job,
      LocalDate businessDate,
      StartedBy by,
      Map<String, Object> values,
      Start start) {}

  private RunResult run(Wanted wanted) {
    MDC.put("job", wanted.job().name());
    try {
      return runNamed(wanted);
    } finally {
      MDC.remove("job");
      MDC.remove("run");
    }
  }

  private RunResult runNamed(Wanted wanted) {
    JobDefinition job = wanted.job();
    Map<String, Object> values = wanted.values();
    Login login = database.bulkLogin(job.owner());
    String whyNot = JobRegistration.whyNot(job, login).orElse(null);
    if (whyNot != null) {
      return new RunResult.Refused(job.name(), whyNot);
    }
    settle(job);
    RuntimeException unasked = null;
    try {
      if (wanted.by() == StartedBy.SCHEDULE && nothingToDo(job, login, values)) {
        return new RunResult.NothingToDo(job.name());
      }
    } catch (RuntimeException e) {
      // Told by a run that fails: what is due must not go by without a row.
      unasked = e;
    }
    RunLedger ledger = new RunLedger(login, node);
    OptionalLong id = wanted.start().of(job, ledger);
    if (id.isEmpty()) {
      return new RunResult.AlreadyRunning(job.name());
    }
    long run = id.getAsLong();
    values.put("run_id", run);
    MDC.put("run", Long.toString(run));
    if (unasked != null) {
      return failed(job, run, ledger, unasked);
    }
    RunResult result;
    FaultPoint.JOB_STARTED.reached();
    try {
      result =
          login.inTransaction(
              () -> work(job, new Work(run, wanted.businessDate(), ledger, login, values)));
    } catch (RuntimeException e) {
      return failed(job, run, ledger, e);
    }
    FaultPoint.JOB_COMMITTED.reached();
    settle(job);
    return result;
  }

  /** What a run has done is done, whether its files get their names now or later. */
  private void settle(JobDefinition job) {
    try {
      exporter.settle(job);
    } catch (RuntimeException e) {
      LOG.warn(
          "{}: files that are written keep their hidden names until the next try: {}",
          job.name(),
          e.toString());
    }
  }

  private static boolean nothingToDo(JobDefinition job, Login login, Map<String, Object> values) {
    SqlScript onlyIf = job.onlyIf();
    if (onlyIf == null) {
      return false;
    }
    return onlyIf.run(new JdbcTemplate(login.dataSource()), values).written() == 0;
  }

  private record Work(
      long run,
      LocalDate businessDate,
      RunLedger ledger,
      Login login,
      Map<String, Object> values) {}

  private RunResult work(JobDefinition job, Work work) {
    if (!work.ledger.hold(work.run)) {
      return new RunResult.AlreadyRunning(job.name());
    }
    long began = System.nanoTime();
    exporter.removeLeft(job);
    StepClock clock = new StepClock(new JdbcTemplate(work.login.dataSource()), job);
    Counts counts = Counts.NONE;
    for (Step step : job.steps()) {
      counts = counts.plus(runStep(job, step, work, clock));
    }
    DeclaredEvents.require(job, work.login);
    int exitCode = counts.rejected() == 0 ? RunExitCode.CLEAN : RunExitCode.WITH_REJECTS;
    String message = counts.toString();
    work.ledger.finish(work.run, exitCode, counts, message);
    FaultPoint.JOB_FINISHED.reached();
    LOG.info(
        "{}: run {} for {} ended with {} ({}) in {} ms",
        job.name(),
        work.run,
        work.businessDate,
        exitCode,
        counts,
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    return new RunResult.Finished(work.run, exitCode, counts, message);
  }

  private Counts runStep(JobDefinition job, Step step, Work work, StepClock clock) {
    if (step instanceof Step.Sql sql) {
      JdbcTemplate jdbc = new JdbcTemplate(work.login.dataSource());
      return sql.script().run(jdbc, work.values, clock::limitNext);
    }
    if (step instanceof Step.Export export) {
      long rows = exporter.write(job, export, work.run, work.businessDate, work.values, clock);
      return new Counts(rows, 0, 0, 0);
    }
    throw new IllegalStateException("step " + step + " belongs to a feed");
  }

  private static RunResult failed(
      JobDefinition job, long run, RunLedger ledger, RuntimeException error) {
    RunFailure failure = RunFailure.of(error, job.timeout());
    LOG.error("{}: run {} failed: {}", job.name(), run, failure.message());
    LOG.debug("{}: run {}", job.name(), run, error);
    try {
      ledger.fail(run, failure, Counts.NONE);
    } catch (RuntimeException e) {
      // Without a database the row stays RUNNING and unheld: the next start marks it ABANDONED.
      error.addSuppressed(e);
    }
    return new RunResult.Finished(run, failure.exitCode(), Counts.NONE, failure.message());
  }
}
