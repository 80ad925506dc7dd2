package musiccorp.cli;

import java.io.PrintWriter;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Prints rows as aligned plain text. Numbers stand to the right. On a terminal that is too narrow
 * columns without a value are left out, and the widest are cut until a line fits; anywhere else
 * every value is printed whole. Either way what a terminal would obey is made visible: cells hold
 * what partners sent.
 */
final class Table {

  private static final String GAP = "  ";
  private static final int NARROWEST = 8;
  private static final int LEFT_OUT = 0;
  private static final DateTimeFormatter TIME = time("yyyy-MM-dd HH:mm:ss.SSS");
  private static final DateTimeFormatter TIME_OF_SQL = time("yyyy-MM-dd HH:mm:ss.SSSXXX");

  private final Rows rows;
  private final int terminalWidth;

  /**
   * @param terminalWidth columns of the terminal, or 0 if the output is none
   */
  Table(Rows rows, int terminalWidth) {
    this.rows = rows;
    this.terminalWidth = terminalWidth;
  }

  void print(PrintWriter out) {
    List<String> headings = headings();
    int[] widths = widths(headings);
    List<String> rule = Arrays.stream(widths).mapToObj("-"::repeat).toList();
    out.println(line(headings, widths, new boolean[widths.length]));
    out.println(line(rule, widths, new boolean[widths.length]));
    boolean[] numeric = numeric();
    for (List<@Nullable Object> row : rows.values()) {
      out.println(line(row.stream().map(Table::text).toList(), widths, numeric));
    }
    out.flush();
  }

  /** Names of the columns that are not printed. */
  List<String> leftOut() {
    int[] widths = widths(headings());
    return IntStream.range(0, widths.length)
        .filter(i -> widths[i] == LEFT_OUT)
        .mapToObj(rows.names()::get)
        .toList();
  }

  private List<String> headings() {
    return rows.names().stream().map(Table::heading).toList();
  }

  private int[] widths(List<String> headings) {
    int[] widths = headings.stream().mapToInt(Table::length).toArray();
    for (List<@Nullable Object> row : rows.values()) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], length(text(row.get(i))));
      }
    }
    return terminalWidth > 0 ? fitted(widths) : widths;
  }

  /** Takes from what tells least: columns without a value, the one cut first, the widest. */
  private int[] fitted(int[] widths) {
    if (total(widths) > terminalWidth) {
      leaveOutEmpty(widths);
    }
    int yielding = rows.names().indexOf(rows.cutFirst());
    for (int over = total(widths) - terminalWidth; over > 0; over--) {
      boolean yields = yielding >= 0 && widths[yielding] > NARROWEST;
      int cut = yields ? yielding : widest(widths);
      if (widths[cut] <= NARROWEST) {
        break;
      }
      widths[cut]--;
    }
    return widths;
  }

  private static int total(int[] widths) {
    int total = -GAP.length();
    for (int width : widths) {
      total += width == LEFT_OUT ? 0 : GAP.length() + width;
    }
    return total;
  }

  private static int widest(int[] widths) {
    int widest = 0;
    for (int i = 1; i < widths.length; i++) {
      widest = widths[i] > widths[widest] ? i : widest;
    }
    return widest;
  }

  private void leaveOutEmpty(int[] widths) {
    boolean[] empty = new boolean[widths.length];
    boolean isAnyFull = false;
    for (int i = 0; i < widths.length; i++) {
      int column = i;
      empty[i] = rows.values().stream().allMatch(row -> text(row.get(column)).isEmpty());
      isAnyFull |= !empty[i];
    }
    for (int i = 0; i < widths.length; i++) {
      widths[i] = isAnyFull && empty[i] ? LEFT_OUT : widths[i];
    }
  }

  private boolean[] numeric() {
    boolean[] numeric = new boolean[rows.names().size()];
    for (int i = 0; i < numeric.length; i++) {
      int column = i;
      numeric[i] =
          rows.values().stream()
              .map(row -> row.get(column))
              .allMatch(value -> value == null || value instanceof Number);
    }
    return numeric;
  }

  private static String line(List<String> cells, int[] widths, boolean[] toTheRight) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      if (widths[i] == LEFT_OUT) {
        continue;
      }
      String cell = cut(cells.get(i), widths[i]);
      String blank = " ".repeat(widths[i] - length(cell));
      line.append(line.isEmpty() ? "" : GAP);
      line.append(toTheRight[i] ? blank + cell : cell + blank);
    }
    return line.toString().stripTrailing();
  }

  private static String cut(String text, int width) {
    if (length(text) <= width) {
      return text;
    }
    return text.substring(0, text.offsetByCodePoints(0, width - 1)) + "…";
  }

  /** {@code businessDate} becomes {@code business date}; {@code business_date} stays. */
  private static String heading(String name) {
    return Visible.line(name.replaceAll("([a-z0-9])([A-Z])", "$1 $2").toLowerCase(Locale.ROOT));
  }

  private static String text(@Nullable Object value) {
    if (value == null) {
      return "";
    }
    if (value instanceof Instant at) {
      return TIME.format(at);
    }
    if (value instanceof OffsetDateTime at) {
      return TIME_OF_SQL.format(at);
    }
    return Visible.line(String.valueOf(value));
  }

  private static DateTimeFormatter time(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(ZoneId.systemDefault());
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
