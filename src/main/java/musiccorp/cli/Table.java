package musiccorp.cli;

import java.io.PrintWriter;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Prints rows as aligned plain text. Numbers stand to the right. On a terminal the widest columns
 * are cut until a line fits; anywhere else every value is printed whole. Either way what a terminal
 * would obey is made visible: cells hold what partners sent.
 */
final class Table {

  private static final String GAP = "  ";
  private static final int NARROWEST = 8;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

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
    List<String> headings = rows.names().stream().map(Table::heading).toList();
    int[] widths = widths(headings);
    StringBuilder rule = new StringBuilder();
    for (int width : widths) {
      rule.append(rule.isEmpty() ? "" : GAP).append("-".repeat(width));
    }
    out.println(line(headings, widths, new boolean[widths.length]));
    out.println(rule);
    boolean[] numeric = numeric();
    for (List<@Nullable Object> row : rows.values()) {
      out.println(line(row.stream().map(Table::text).toList(), widths, numeric));
    }
    out.flush();
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

  private int[] fitted(int[] widths) {
    int total = GAP.length() * (widths.length - 1);
    for (int width : widths) {
      total += width;
    }
    for (; total > terminalWidth; total--) {
      int widest = 0;
      for (int i = 1; i < widths.length; i++) {
        widest = widths[i] > widths[widest] ? i : widest;
      }
      if (widths[widest] <= NARROWEST) {
        break;
      }
      widths[widest]--;
    }
    return widths;
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
      String cell = cut(cells.get(i), widths[i]);
      String blank = " ".repeat(widths[i] - length(cell));
      line.append(i == 0 ? "" : GAP);
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
    if (value instanceof Instant || value instanceof OffsetDateTime) {
      return TIME.format((java.time.temporal.TemporalAccessor) value);
    }
    return Visible.line(String.valueOf(value));
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
