package musiccorp.cli;

import commondata.job.DueDates;
import commondata.operate.Operate;
import commondata.operate.SkippedJob;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Collections;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Gives up what a job was due for. */
@Command(
    name = "skip",
    description = {
      "Gives up what a job was due for up to now, and what of it has failed.",
      "A run that is at work goes on; what is due later is run as ever."
    })
final class JobSkip extends CliCommand {

  private static final int DATES_SHOWN = 7;

  @Parameters(index = "0", paramLabel = "JOB", description = "Name of a job with a schedule")
  private String job = "";

  @Mixin private final ActOptions why = new ActOptions();

  @Override
  public Integer call() {
    try (Session session = openSession()) {
      Due due = due(session);
      SkippedJob skipped = session.operate().skip(job, why.act()).orElseThrow(this::unclocked);
      Instant since = due.isKnown() ? due.since() : skipped.dueSince();
      output()
          .row(
              new Rows("job", "state", "dueSince", "dueDates", "failedRuns")
                  .add(job, "SKIPPED", since, due.inWords(), skipped.failedRuns()));
      if (since == null && skipped.failedRuns() == null) {
        output().say("Nothing was due, and no run had failed.");
      } else if (since != null && !due.isKnown()) {
        output()
            .say("Its business dates are not known: the jobs here have no schedule of that name.");
      }
      output().say("Next: ./commondata job plan " + job);
      return ExitCode.OK;
    }
  }

  private Due due(Session session) {
    return jobs()
        .find(job)
        .filter(found -> found.schedule() != null)
        .map(found -> DueDates.open(found, session.database().login(Operate.READER)))
        .map(dates -> new Due(true, dates))
        .orElseGet(() -> new Due(false, Collections.emptySortedMap()));
  }

  /**
   * What it was due for.
   *
   * @param isKnown false: the folder that says when it is due is not there
   */
  private record Due(boolean isKnown, SortedMap<LocalDate, Instant> dates) {

    @Nullable Instant since() {
      return dates.isEmpty() ? null : dates.get(dates.firstKey());
    }

    @Nullable String inWords() {
      if (dates.isEmpty()) {
        return null;
      }
      return dates.size() <= DATES_SHOWN
          ? dates.keySet().stream().map(LocalDate::toString).collect(Collectors.joining(", "))
          : "%s .. %s, %d dates".formatted(dates.firstKey(), dates.lastKey(), dates.size());
    }
  }

  /** A job whose folder is gone can be skipped: only what no node knew is looked for there. */
  private CliException unclocked() {
    Catalogs.require(jobs(), job);
    return new CliException(
        ExitCode.NOT_FOUND,
        "No node has ever waited for a time of job \"%s\": nothing was due. See ./commondata job plan"
            .formatted(job));
  }
}
