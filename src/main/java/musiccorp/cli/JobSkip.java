package musiccorp.cli;

import commondata.operate.SkippedJob;
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

  @Parameters(index = "0", paramLabel = "JOB", description = "Name of a job with a schedule")
  private String job = "";

  @Mixin private final ActOptions why = new ActOptions();

  @Override
  public Integer call() {
    try (Session session = openSession()) {
      SkippedJob skipped = session.operate().skip(job, why.act()).orElseThrow(this::unclocked);
      output()
          .row(
              new Rows("job", "state", "dueSince", "failedRuns")
                  .add(job, "SKIPPED", skipped.dueSince(), skipped.failedRuns()));
      if (skipped.dueSince() == null && skipped.failedRuns() == null) {
        output().say("Nothing was due, and no run had failed.");
      }
      output().say("Next: ./commondata job plan " + job);
      return ExitCode.OK;
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
