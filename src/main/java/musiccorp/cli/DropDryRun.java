package musiccorp.cli;

import commondata.config.NodeName;
import commondata.feed.DryRun;
import commondata.feed.DryRunOutcome;
import commondata.job.JobDefinition;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What would become of a file if it were dropped. */
final class DropDryRun {

  private static final int ERRORS_MAX = 200;
  private static final String UNCHANGED =
      "Nothing was changed. Without --dry-run the file is handed in.";

  private final CliOptions options;
  private final Output output;

  DropDryRun(CliOptions options, Output output) {
    this.options = options;
    this.output = output;
  }

  int of(JobDefinition job, Path file) {
    try (Session session = Session.open(options, output::say)) {
      DryRun dryRun =
          DryRun.of(
                  job, session.database(), session.home().drop(), NodeName.ofThisProcess().value())
              .telling(output::say);
      DryRunOutcome outcome = dryRun.of(file, Clock.systemUTC(), ERRORS_MAX);
      DryRunReport report = new DryRunReport(output);
      if (outcome instanceof DryRunOutcome.Tried tried) {
        report.show(DryRunReport.fields(tried), tried.errors(), UNCHANGED);
        return RunCommand.exitCode(tried.exitCode());
      }
      if (outcome instanceof DryRunOutcome.Held held) {
        report.show(DryRunReport.fields(held), held.released().errors(), UNCHANGED);
        return ExitCode.CANNOT_TELL_YET;
      }
      if (outcome instanceof DryRunOutcome.NotTaken not) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("state", not.state());
        fields.put("reason", not.reason());
        report.show(fields, List.of(), UNCHANGED);
        return switch (not.state()) {
          case "DUPLICATE" -> ExitCode.OK;
          case "WAITING" -> ExitCode.CANNOT_TELL_YET;
          default -> ExitCode.CHECK_FAILED;
        };
      }
      if (outcome instanceof DryRunOutcome.Failed failed) {
        throw new CliException(
            ExitCode.CHECK_FAILED,
            "The load would fail with %d: %s".formatted(failed.exitCode(), failed.message()));
      }
      throw new CliException(
          ExitCode.CANNOT_TELL_YET, "Feed \"%s\" loads a file right now.".formatted(job.name()));
    }
  }
}
