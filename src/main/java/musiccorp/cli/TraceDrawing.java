package musiccorp.cli;

import commondata.job.Plural;
import commondata.operate.TraceEntry;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Draws a trace as text: time to the left, each service in a lane of its own, and above each
 * receipt the wait that its event had, as dots.
 */
final class TraceDrawing {

  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("yyyy-MM-dd", Locale.ROOT).withZone(ZoneId.systemDefault());
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneId.systemDefault());
  private static final int LANE = 3;
  private static final int DOTS_MAX = 12;

  private final String id;
  private final List<TraceEntry> entries;
  private final List<String> lanes = new ArrayList<>();

  TraceDrawing(String id, List<TraceEntry> entries) {
    this.id = id;
    this.entries = entries;
    for (TraceEntry entry : entries) {
      if (!lanes.contains(lane(entry))) {
        lanes.add(lane(entry));
      }
    }
  }

  void print(PrintWriter out) {
    Instant first = entries.get(0).at();
    Instant last = entries.get(entries.size() - 1).at();
    out.printf(
        "%s: %d %s in %s, %s from first to last%n",
        Visible.line(id),
        entries.size(),
        Plural.of(entries.size(), "step"),
        Visible.line(String.join(", ", lanes)),
        inWords(Duration.between(first, last)));
    if (!traceIds().isEmpty()) {
      out.println(cut("trace " + String.join(", ", traceIds())));
    }
    String day = "";
    for (TraceEntry entry : entries) {
      String itsDay = DAY.format(entry.at());
      if (!itsDay.equals(day)) {
        out.println(itsDay);
        day = itsDay;
      }
      print(out, entry);
    }
  }

  /** Second field of a traceparent: what other systems' tools look for. */
  private List<String> traceIds() {
    return entries.stream()
        .map(TraceEntry::traceparent)
        .filter(Objects::nonNull)
        .map(traceparent -> traceparent.split("-", -1)[1])
        .distinct()
        .toList();
  }

  private void print(PrintWriter out, TraceEntry entry) {
    int lane = lanes.indexOf(lane(entry));
    String indent = " ".repeat(lane * LANE);
    if (entry.what().equals("receipt") && entry.waitMs() != null) {
      out.println(" ".repeat(12) + "  " + indent + wait(entry.waitMs()));
    }
    String line =
        "%s  %s%s %s %s%s"
            .formatted(
                TIME.format(entry.at()),
                indent,
                lane(entry),
                entry.what(),
                entry.name(),
                entry.detail() == null ? "" : ": " + entry.detail());
    out.println(cut(line));
  }

  /** More dots for a longer wait, but not in proportion: a minute must fit on the line. */
  private static String wait(BigDecimal ms) {
    double value = Math.max(1, ms.doubleValue());
    int dots = Math.min(DOTS_MAX, 3 + (int) (2 * Math.log10(value / 10)));
    return "·".repeat(Math.max(1, dots)) + " " + ms.setScale(0, RoundingMode.HALF_UP) + " ms";
  }

  private static String cut(String text) {
    String line = Visible.line(text);
    int width = Output.terminalWidth();
    if (width == 0 || line.codePointCount(0, line.length()) <= width) {
      return line;
    }
    return line.substring(0, line.offsetByCodePoints(0, width - 1)) + "…";
  }

  /** {@code payment_service} works in the lane {@code payment}. */
  private static String lane(TraceEntry entry) {
    return entry.source().replaceFirst("_service$", "");
  }

  private static String inWords(Duration duration) {
    if (duration.toSeconds() < 10) {
      return duration.toMillis() + " ms";
    }
    return duration.toHours() < 1 ? duration.toSeconds() + " s" : duration.toMinutes() + " min";
  }
}
