package musiccorp.cli;

import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import commondata.job.RunResult;
import commondata.job.Schedule;
import commondata.job.StartedBy;
import commondata.operate.RunEntry;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a job in this process; shows runs. */
@Command(
    name = "run",
    description = "Runs a job at once, in this process: no node needs to be up.",
    subcommands = {RunCommand.ListCommand.class, RunCommand.ShowCommand.class},
    footer = {
      "",
      "Exit code: 0 the run ended with 0, 5 with 4 (some records rejected), 1 with 8,",
      "12 or 16, 6 the job is running already."
    })
final class RunCommand extends CliCommand {

  @Parameters(arity = "0..1", paramLabel = "JOB", description = "Name of the job")
  private @Nullable String job;

  @Option(names = "--date", paramLabel = "DATE", description = "Business date; default: today")
  private @Nullable LocalDate date;

  @Option(names = "--param", paramLabel = "NAME=VALUE", description = "Parameter of the job")
  private Map<String, String> params = new LinkedHashMap<>();

  @Override
  public Integer call() {
    if (job == null) {
      throw new CliException(
          ExitCode.USAGE, "\"run\" needs a job, or one of: list, show. See ./commondata job list");
    }
    JobCatalog catalog = jobs();
    JobDefinition definition = Catalogs.requireStartable(catalog, job);
    try (Session session = openSession()) {
      RunResult result =
          Catalogs.runner(catalog, session)
              .run(job, businessDate(definition, date), StartedBy.HAND, params);
      RunResult.Finished finished = finished(result);
      RunEntry run = session.operate().run(finished.runId()).orElseThrow();
      output().object(Fields.of(run), out -> Fields.print(out, run));
      output().say("Next: ./commondata run list --job " + job);
      return exitCode(finished.exitCode());
    }
  }

  /** The day it is where the job lives. */
  static LocalDate businessDate(JobDefinition job, @Nullable LocalDate given) {
    if (given != null) {
      return given;
    }
    Schedule schedule = job.schedule();
    return LocalDate.now(schedule == null ? ZoneId.systemDefault() : schedule.zone());
  }

  static RunResult.Finished finished(RunResult result) {
    if (result instanceof RunResult.Finished finished) {
      return finished;
    }
    if (result instanceof RunResult.AlreadyRunning running) {
      throw new CliException(
          ExitCode.CANNOT_TELL_YET,
          "Job \"%s\" is running already. See ./commondata run list --job %s"
              .formatted(running.job(), running.job()));
    }
    if (result instanceof RunResult.UnknownJob unknown) {
      throw Catalogs.unknown(unknown.message());
    }
    if (result instanceof RunResult.Refused refused) {
      throw new CliException(ExitCode.USAGE, Catalogs.capitalized(refused.message()));
    }
    throw new CliException(ExitCode.CHECK_FAILED, "There was nothing to do.");
  }

  static int exitCode(int ofRun) {
    return switch (ofRun) {
      case 0 -> ExitCode.OK;
      case 4 -> ExitCode.PARTIAL;
      default -> ExitCode.CHECK_FAILED;
    };
  }

  static Rows rows(Iterable<RunEntry> runs) {
    Rows rows =
        new Rows(
            "id",
            "job",
            "businessDate",
            "attempt",
            "startedBy",
            "state",
            "exitCode",
            "read",
            "written",
            "rejected",
            "events",
            "startedAt",
            "tookMs",
            "message");
    for (RunEntry each : runs) {
      rows.add(
          each.id(),
          each.job(),
          each.businessDate(),
          each.attempt(),
          each.startedBy(),
          each.state(),
          each.exitCode(),
          each.readCount(),
          each.writtenCount(),
          each.rejectedCount(),
          each.eventCount(),
          each.startedAt(),
          each.tookMs(),
          each.message());
    }
    return rows;
  }

  @Command(name = "list", description = "Shows the latest runs.")
  static final class ListCommand extends CliCommand {

    private static final List<String> STATES =
        List.of("RUNNING", "SUCCEEDED", "FAILED", "ABANDONED");

    @Option(names = "--job", paramLabel = "JOB", description = "Only of this job")
    private @Nullable String job;

    @Option(
        names = "--state",
        paramLabel = "STATE",
        description = {
          "Only in this state: RUNNING, SUCCEEDED, FAILED or ABANDONED (its node died)"
        })
    private @Nullable String state;

    @Option(names = "--date", paramLabel = "DATE", description = "Only for this business date")
    private @Nullable LocalDate date;

    @Option(
        names = "--limit",
        paramLabel = "ROWS",
        defaultValue = "50",
        description = "Rows to show at most (default ${DEFAULT-VALUE})")
    private int limit;

    @Override
    public Integer call() {
      String wanted = known(state, STATES);
      try (Session session = openSession()) {
        Rows rows = rows(session.operate().runs(job, wanted, date, positive("--limit", limit)));
        output().rows(rows);
        output()
            .say(
                rows.isEmpty()
                    ? "There are none. Next: ./commondata job list"
                    : "Next: ./commondata run show ID");
        return ExitCode.OK;
      }
    }
  }

  @Command(name = "show", description = "Shows one run.")
  static final class ShowCommand extends CliCommand {

    @Parameters(paramLabel = "ID", description = "Number of the run")
    private long id;

    @Override
    public Integer call() {
      try (Session session = openSession()) {
        RunEntry run =
            session
                .operate()
                .run(id)
                .orElseThrow(
                    () ->
                        new CliException(
                            ExitCode.NOT_FOUND,
                            "There is no run %d. See ./commondata run list".formatted(id)));
        output().object(Fields.of(run), out -> Fields.print(out, run));
        output().say("Next: ./commondata run list --job " + run.job());
        return ExitCode.OK;
      }
    }
  }
}
