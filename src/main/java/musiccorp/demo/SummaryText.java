package musiccorp.demo;

import commondata.job.Plural;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.Collectors;

/** The summary as a person reads it. */
final class SummaryText {

  private SummaryText() {}

  static void print(Summary s, double seconds, PrintWriter out) {
    line(out, "orders", s.placed().toString());
    line(
        out,
        "",
        s.byState().entrySet().stream()
            .map(e -> number(e.getValue()) + " " + words(e.getKey()))
            .collect(Collectors.joining(", ")));
    line(out, "money", "in %,.2f, back %,.2f", s.money().in(), s.money().back());
    line(
        out,
        "files",
        "%,d loaded, %,d rejected, %,d duplicates; %,d records, %,d of them rejected",
        s.files().loaded(),
        s.files().rejected(),
        s.files().duplicates(),
        s.files().records(),
        s.files().rejects());
    line(
        out,
        "flags",
        "%,d %s flagged",
        s.flags(),
        Plural.of(s.flags(), "customer is", "customers are"));
    line(out, "events", "%,d published, %,d handled", s.published(), s.all().handled());
    out.println();
    String form = "  %-14s %10s %12s %12s%n";
    out.printf(Locale.ROOT, form, "subscription", "handled", "wait p50 ms", "wait p99 ms");
    for (Summary.Reader reader : s.readers()) {
      out.printf(
          Locale.ROOT,
          form,
          reader.subscription(),
          number(reader.handled()),
          number(reader.p50()),
          number(reader.p99()));
    }
    out.println();
    line(out, "check", verdict(s.check()));
    line(out, "time", "%.1f s", seconds);
  }

  private static void line(PrintWriter out, String name, String form, Object... values) {
    String text = values.length == 0 ? form : String.format(Locale.ROOT, form, values);
    out.printf("%-8s %s%n", name, text);
  }

  private static String verdict(Company.Check check) {
    if (check.violations() > 0) {
      return "%d invariants, broken: %s (%d %s); ./commondata check shows them"
          .formatted(
              check.invariants(),
              String.join(", ", check.broken()),
              check.violations(),
              Plural.of(check.violations(), "row"));
    }
    return check.undecided()
        ? "%d invariants; work is still under way".formatted(check.invariants())
        : "%d invariants, all hold".formatted(check.invariants());
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String words(String state) {
    return state.toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
