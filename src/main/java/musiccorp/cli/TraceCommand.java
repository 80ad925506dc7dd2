package musiccorp.cli;

import commondata.operate.TraceEntry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** One business id through every table, event, file and run. */
@Command(
    name = "trace",
    description = "Follows an order, a customer or an item through everything, by time.",
    footer = {
      "",
      "Each service has its own column. Dots: the wait from published to handled.",
      "In SQL: SELECT * FROM commondata.trace WHERE business_id = 'ID' ORDER BY at"
    })
final class TraceCommand extends CliCommand {

  @Parameters(paramLabel = "ID", description = "Order, customer or sku")
  private String id = "";

  @Override
  public Integer call() {
    if (id.isBlank() || id.indexOf('\0') >= 0) {
      throw new CliException(ExitCode.USAGE, "ID must be an order, a customer or a sku.");
    }
    try (Session session = openSession()) {
      List<TraceEntry> entries = session.operate().trace(id);
      if (entries.isEmpty()) {
        throw new CliException(
            ExitCode.NOT_FOUND,
            "Nothing is known of \"%s\": no order, customer, item or event key is called so. See ./commondata order list"
                .formatted(id));
      }
      output().object(json(entries), out -> new TraceDrawing(id, entries).print(out));
      output().say("Next: " + next(entries));
      return ExitCode.OK;
    }
  }

  private Map<String, Object> json(List<TraceEntry> entries) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("businessId", id);
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
