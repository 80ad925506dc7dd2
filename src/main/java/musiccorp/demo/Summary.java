package musiccorp.demo;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What happened in a demo: what is printed at its end. */
record Summary(
    Totals placed,
    Map<String, Integer> byState,
    Money money,
    long published,
    List<Reader> readers,
    Files files,
    int flags,
    Company.Check check) {

  /** What came in, and what went back (refunds and charge-backs). */
  record Money(BigDecimal in, BigDecimal back) {}

  /** A subscription: events handled, and how long they had waited, in milliseconds. */
  record Reader(String subscription, long handled, long p50, long p99) {}

  record Files(int loaded, int rejected, int duplicates, long records, long rejects) {}

  /** The last row of the readers is all of them together. */
  Reader all() {
    return readers.get(readers.size() - 1);
  }

  /** The one JSON object of {@code demo --json}. */
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put(
        "orders",
        ordered(
            "placed", placed.orders(),
            "lines", placed.lines(),
            "total", placed.total().toPlainString(),
            "byState", byState));
    json.put(
        "money", ordered("in", money.in().toPlainString(), "back", money.back().toPlainString()));
    json.put("events", ordered("published", published, "handled", all().handled()));
    json.put(
        "files",
        ordered(
            "loaded", files.loaded(),
            "rejected", files.rejected(),
            "records", files.records(),
            "rejects", files.rejects()));
    json.put("flags", flags);
    json.put("waitMs", ordered("p50", all().p50(), "p99", all().p99()));
    json.put("check", ordered("invariants", check.invariants(), "violations", check.violations()));
    return json;
  }

  private static Map<String, Object> ordered(Object... namesAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int n = 0; n < namesAndValues.length; n += 2) {
      map.put((String) namesAndValues[n], namesAndValues[n + 1]);
    }
    return map;
  }
}
