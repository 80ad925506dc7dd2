package musiccorp.cli;

import commondata.feed.DryRunOutcome;
import commondata.feed.RecordError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Shows what would become of a file or of corrected records. */
final class DryRunReport {

  private final Output output;

  DryRunReport(Output output) {
    this.output = output;
  }

  /** What was tried, with its state and reason. */
  static Map<String, @Nullable Object> fields(DryRunOutcome.Tried tried) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("state", tried.state());
    fields.putAll(counts(tried));
    fields.put("reason", tried.reason());
    return fields;
  }

  /** A file that is held, and what a release would make of it. */
  static Map<String, @Nullable Object> fields(DryRunOutcome.Held held) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("state", "HELD");
    fields.put("reason", held.reason());
    fields.put("stateIfReleased", held.released().state());
    fields.putAll(counts(held.released()));
    fields.put("reasonIfReleased", held.released().reason());
    return fields;
  }

  private static Map<String, @Nullable Object> counts(DryRunOutcome.Tried tried) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("exitCode", tried.exitCode());
    fields.put("businessDate", tried.businessDate());
    fields.put("records", tried.records());
    fields.put("loaded", tried.loaded());
    fields.put("rejected", tried.rejected());
    fields.put("written", tried.written());
    fields.put("events", tried.events());
    fields.put("control", Json.parsed(tried.control()));
    return fields;
  }

  /**
   * Shows it.
   *
   * @param last what is said at the end
   */
  void show(Map<String, @Nullable Object> fields, List<RecordError> errors, String last) {
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
    output.say(last);
  }
}
