package musiccorp.cli;

import commondata.config.NodeName;
import commondata.feed.DryRun;
import commondata.feed.DryRunOutcome;
import commondata.feed.RecordError;
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
      if (outcome instanceof DryRunOutcome.Tried tried) {
        return tried(tried);
      }
      if (outcome instanceof DryRunOutcome.NotTaken not) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("state", not.state());
        fields.put("reason", not.reason());
        show(fields, List.of());
        return switch (not.state()) {
          case "DUPLICATE" -> ExitCode.OK;
          case "HELD", "WAITING" -> ExitCode.CANNOT_TELL_YET;
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

  private int tried(DryRunOutcome.Tried tried) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("state", tried.state());
    fields.put("exitCode", tried.exitCode());
    fields.put("businessDate", tried.businessDate());
    fields.put("records", tried.records());
    fields.put("loaded", tried.loaded());
    fields.put("rejected", tried.rejected());
    fields.put("written", tried.written());
    fields.put("events", tried.events());
    fields.put("control", Json.parsed(tried.control()));
    fields.put("reason", tried.reason());
    show(fields, tried.errors());
    return RunCommand.exitCode(tried.exitCode());
  }

  private void show(Map<String, @Nullable Object> fields, List<RecordError> errors) {
    Rows rejects = new Rows("line", "column", "code", "message");
    errors.forEach(each -> rejects.add(each.line(), each.column(), each.code(), each.message()));
    Map<String, @Nullable Object> all = new LinkedHashMap<>(fields);
    all.put("rejects", rejects.objects());
    output.object(
        all,
        out -> {
          Rows rows = new Rows("field", "value");
          fields.forEach(
              (name, value) -> {
                if (value != null) {
                  rows.add(name, value);
                }
              });
          new Table(rows, 0).print(out);
          if (!rejects.isEmpty()) {
            new Table(rejects, Output.terminalWidth()).print(out);
          }
        });
    output.say("Nothing was changed. Without --dry-run the file is handed in.");
  }
}
