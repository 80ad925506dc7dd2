package musiccorp.cli;

import commondata.job.JobCatalog;
import commondata.job.JobRunner;
import commondata.job.Plural;
import commondata.job.RunResult;
import commondata.job.StartedBy;
import commondata.operate.RunEntry;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a job for each day of a range. */
@Command(
    name = "backfill",
    description = "Runs a job for each business date of a range, in order; stops at a failure.",
    footer = {
      "",
      "Exit code: 0 all runs ended with 0, 5 some records were rejected or some days",
      "are done, 1 the first day failed."
    })
final class BackfillCommand extends CliCommand {

  private static final int DAYS_MAX = 3660;

  @Parameters(paramLabel = "JOB", description = "Name of the job")
  private String job = "";

  @Option(names = "--from", required = true, paramLabel = "DATE", description = "First day")
  private LocalDate from = LocalDate.EPOCH;

  @Option(names = "--to", required = true, paramLabel = "DATE", description = "Last day")
  private LocalDate to = LocalDate.EPOCH;

  @Option(names = "--param", paramLabel = "NAME=VALUE", description = "Parameter of the job")
  private Map<String, String> params = new LinkedHashMap<>();

  @Override
  public Integer call() {
    long days = ChronoUnit.DAYS.between(from, to) + 1;
    if (days < 1 || days > DAYS_MAX) {
      throw new CliException(
          ExitCode.USAGE,
          "--from %s --to %s must be 1 to %d days, first day first.".formatted(from, to, DAYS_MAX));
    }
    JobCatalog catalog = jobs();
    Catalogs.requireStartable(catalog, job);
    try (Session session = openSession()) {
      List<RunEntry> runs = runEach(session, Catalogs.runner(catalog, session));
      output().rows(RunCommand.rows(runs));
      output()
          .say(
              "%d of %d %s done. Next: ./commondata run list --job %s"
                  .formatted(
                      runs.stream().filter(BackfillCommand::succeeded).count(),
                      days,
                      Plural.of(days, "day"),
                      job));
      return exitCode(runs, days);
    }
  }

  private List<RunEntry> runEach(Session session, JobRunner runner) {
    List<RunEntry> runs = new ArrayList<>();
    for (LocalDate day = from; !day.isAfter(to); day = day.plusDays(1)) {
      RunResult result = runner.run(job, day, StartedBy.HAND, params);
      RunEntry run = session.operate().run(RunCommand.finished(result).runId()).orElseThrow();
      runs.add(run);
      if (!succeeded(run)) {
        break;
      }
    }
    return runs;
  }

  private static boolean succeeded(RunEntry run) {
    return run.state().equals("SUCCEEDED");
  }

  private static int exitCode(List<RunEntry> runs, long days) {
    long clean = runs.stream().filter(run -> Integer.valueOf(0).equals(run.exitCode())).count();
    if (clean == days) {
      return ExitCode.OK;
    }
    return succeeded(runs.get(0)) ? ExitCode.PARTIAL : ExitCode.CHECK_FAILED;
  }
}
