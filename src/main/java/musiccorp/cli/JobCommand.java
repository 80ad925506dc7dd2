package musiccorp.cli;

import commondata.home.SetupException;
import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import commondata.job.Schedule;
import commondata.operate.JobEntry;
import commondata.operate.RunEntry;
import commondata.schedule.DueTimes;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The jobs: folders in batch-jobs. */
@Command(
    name = "job",
    description = "Shows jobs, and when they will run; gives up what was due.",
    subcommands = {JobCommand.ListCommand.class, JobCommand.PlanCommand.class, JobSkip.class})
final class JobCommand extends GroupCommand {

  @Command(name = "list", description = "Shows every job with its last run.")
  static final class ListCommand extends CliCommand {

    @Override
    public Integer call() {
      JobCatalog catalog = jobs();
      Map<String, RunEntry> lastRuns = lastRuns();
      Rows rows =
          new Rows(
              "name",
              "kind",
              "owner",
              "cron",
              "zone",
              "lastRun",
              "lastState",
              "lastExitCode",
              "description");
      for (JobDefinition job : catalog.all()) {
        Schedule schedule = job.schedule();
        RunEntry last = lastRuns.get(job.name());
        rows.add(
            job.name(),
            job.isFeed() ? "feed" : "job",
            job.owner(),
            schedule == null ? null : schedule.cron(),
            schedule == null ? null : schedule.zone().getId(),
            last == null ? null : last.id(),
            last == null ? null : last.state(),
            last == null ? null : last.exitCode(),
            job.description());
      }
      output().rows(rows);
      output().say("Next: " + next(catalog));
      return ExitCode.OK;
    }

    private static String next(JobCatalog catalog) {
      List<String> feeds = Catalogs.feeds(catalog);
      String drop = "./commondata drop FILE --feed " + (feeds.size() == 1 ? feeds.get(0) : "FEED");
      if (feeds.isEmpty()) {
        return "./commondata run JOB";
      }
      boolean isAnyElse = catalog.all().size() > feeds.size();
      return isAnyElse ? "./commondata run JOB, or, of a feed, " + drop : drop;
    }

    private Map<String, RunEntry> lastRuns() {
      Map<String, RunEntry> lastRuns = new HashMap<>();
      try (Session session = openSession()) {
        for (JobEntry job : session.operate().jobs()) {
          if (job.lastRun() != null) {
            lastRuns.put(job.name(), job.lastRun());
          }
        }
      } catch (SetupException e) {
        output().say("Without last runs: " + e.getMessage());
      }
      return lastRuns;
    }
  }

  @Command(name = "plan", description = "Shows when jobs will start by themselves.")
  static final class PlanCommand extends CliCommand {

    @Parameters(arity = "0..1", paramLabel = "JOB", description = "Only this job")
    private @Nullable String job;

    @Option(
        names = "--count",
        paramLabel = "STARTS",
        defaultValue = "3",
        description = "Starts to show of each job (default ${DEFAULT-VALUE})")
    private int count;

    private record Start(Instant at, JobDefinition job, Schedule schedule) {}

    @Override
    public Integer call() {
      JobCatalog catalog = jobs();
      List<JobDefinition> wanted =
          job == null ? catalog.all() : List.of(Catalogs.require(catalog, job));
      Instant now = Instant.now();
      Rows rows = new Rows("at", "job", "businessDate", "cron", "zone");
      wanted.stream()
          .flatMap(each -> starts(each, now).stream())
          .sorted(Comparator.comparing(Start::at))
          .forEach(
              start ->
                  rows.add(
                      start.at(),
                      start.job().name(),
                      start.schedule().businessDateOf(start.at()),
                      start.schedule().cron(),
                      start.schedule().zone().getId()));
      output().rows(rows);
      output()
          .say(
              rows.isEmpty()
                  ? "Nothing starts by itself there: feeds start when a file arrives."
                  : "Next: ./commondata run JOB starts one at once");
      return ExitCode.OK;
    }

    private List<Start> starts(JobDefinition each, Instant now) {
      Schedule schedule = each.schedule();
      if (schedule == null) {
        return List.of();
      }
      return new DueTimes(schedule.of(each.name(), each.owner()))
          .after(now, positive("--count", count)).stream()
              .map(at -> new Start(at, each, schedule))
              .toList();
    }
  }
}
