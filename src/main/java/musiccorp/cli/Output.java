package musiccorp.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.Consumer;

/** Where a command prints: data on stdout, for people or as JSON; words about it on stderr. */
public final class Output {

  private final PrintWriter out;
  private final PrintWriter err;
  private final CliOptions options;

  Output(PrintWriter out, PrintWriter err, CliOptions options) {
    this.out = out;
    this.err = err;
    this.options = options;
  }

  /** Columns of the terminal that stdout is, as the launcher found; 0 if it is none. */
  public static int terminalWidth() {
    return Integer.getInteger("commondata.columns", 0);
  }

  public boolean json() {
    return options.json();
  }

  /** Prints rows as a table, or as a JSON array of objects. */
  public void rows(Rows rows) {
    if (json()) {
      Json.print(out, rows.objects());
    } else {
      new Table(rows, terminalWidth()).print(out);
    }
  }

  /** As {@link #rows}, and says which columns were left out: who asked for them looks for them. */
  void result(Rows rows) {
    rows(rows);
    List<String> leftOut = json() ? List.of() : new Table(rows, terminalWidth()).leftOut();
    if (!leftOut.isEmpty()) {
      say(
          "Columns without a value are left out: %s; --json shows them."
              .formatted(String.join(", ", leftOut)));
    }
  }

  /** Prints one row as a table, or as one JSON object. */
  public void row(Rows row) {
    if (json()) {
      Json.print(out, row.objects().get(0));
    } else {
      rows(row);
    }
  }

  /** Prints one object: as JSON, or as {@code forPeople} prints it. */
  public void object(Object value, Consumer<PrintWriter> forPeople) {
    if (json()) {
      Json.print(out, value);
    } else {
      forPeople.accept(out);
      out.flush();
    }
  }

  /**
   * Says something that is no data, in one line: a remark, a next step on the same database and
   * jobs.
   */
  public void say(String sentence) {
    err.println(Visible.line(options.again(sentence)));
    err.flush();
  }
}
