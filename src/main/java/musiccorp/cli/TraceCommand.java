package musiccorp.cli;

import commondata.operate.Operate;
import commondata.operate.TraceEntry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** One business id through every table, event, file and run; or one file through its runs. */
@Command(
    name = "trace",
    description = "Follows an order, a customer, an item or a file through everything, by time.",
    footer = {
      "",
      "Each service has its own column. Dots: the wait from published to handled.",
      "In SQL: SELECT * FROM commondata.trace WHERE business_id = 'ID' ORDER BY at",
      "Of a file: the view commondata.trace_file"
    })
final class TraceCommand extends CliCommand {

  @Parameters(arity = "0..1", paramLabel = "ID", description = "Order, customer or sku")
  private @Nullable String id;

  @Option(names = "--file", paramLabel = "NUMBER", description = "A file instead, of any feed")
  private @Nullable Long file;

  @Option(names = "--run", paramLabel = "NUMBER", description = "The files of a run instead")
  private @Nullable Long run;

  @Override
  public Integer call() {
    if (Stream.of(id, file, run).filter(Objects::nonNull).count() != 1) {
      throw new CliException(
          ExitCode.USAGE, "Give one of ID, --file NUMBER and --run NUMBER: see --help.");
    }
    if (id != null && (id.isBlank() || id.indexOf('\0') >= 0)) {
      throw new CliException(ExitCode.USAGE, "ID must be an order, a customer or a sku.");
    }
    try (Session session = openSession()) {
      List<TraceEntry> entries = entries(session.operate());
      if (entries.isEmpty()) {
        throw new CliException(ExitCode.NOT_FOUND, unknown(session.operate()));
      }
      output().object(json(entries), out -> new TraceDrawing(subject(), entries).print(out));
      output().say("Next: " + next(entries));
      return ExitCode.OK;
    }
  }

  private List<TraceEntry> entries(Operate operate) {
    if (file != null) {
      return operate.traceFile(file);
    }
    return run != null ? operate.traceRun(run) : operate.trace(String.valueOf(id));
  }

  private String subject() {
    if (file != null) {
      return "file " + file;
    }
    return run != null ? "run " + run : String.valueOf(id);
  }

  private String unknown(Operate operate) {
    if (file != null) {
      return "There is no file %d. See ./commondata file list".formatted(file);
    }
    if (run != null) {
      return operate.run(run).isEmpty()
          ? "There is no run %d. See ./commondata run list".formatted(run)
          : "Run %1$d took and wrote no file. See ./commondata run show %1$d".formatted(run);
    }
    String nothing =
        "Nothing is known of \"%s\": no order, customer, item or event key is called so. See ./commondata order list"
            .formatted(id);
    return isFile(operate)
        ? "%s, or, of the file of that number, ./commondata trace --file %s".formatted(nothing, id)
        : nothing;
  }

  /** The number of a file is what stands before whoever wants to follow one. */
  private boolean isFile(Operate operate) {
    String text = String.valueOf(id);
    return text.matches("[0-9]{1,18}") && operate.file(Long.parseLong(text)).isPresent();
  }

  private Map<String, Object> json(List<TraceEntry> entries) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (file != null) {
      json.put("file", file);
    } else if (run != null) {
      json.put("run", run);
    } else {
      json.put("businessId", String.valueOf(id));
    }
    json.put("entries", entries);
    return json;
  }

  private static String next(List<TraceEntry> entries) {
    for (TraceEntry entry : entries) {
      if (entry.what().equals("dead letter")) {
        return "./commondata hospital list";
      }
    }
    for (TraceEntry entry : entries) {
      if (entry.file() != null) {
        return "./commondata file show " + entry.file();
      }
    }
    return "./commondata check";
  }
}
