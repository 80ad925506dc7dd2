package peers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What came out, as Markdown that can be pasted and as JSON that can be compared. A ratio says how
 * many times as good we are: above 1 is better, whichever way the measure goes.
 */
final class Report {

  private static final int FAILURE_LENGTH_MAX = 200;

  private final String ours;
  private final List<String> peers;
  private final List<String> byHand;
  private final List<String> limits;
  private final List<Measure> measures = new ArrayList<>();
  private final Map<String, Measure> comparedWith = new HashMap<>();
  private final Map<String, String> failures = new LinkedHashMap<>();
  private final Map<String, Object> settings = new LinkedHashMap<>();

  /**
   * @param limits those who only do what everybody has to do as well
   */
  Report(String ours, List<String> peers, List<String> byHand, List<String> limits) {
    this.ours = ours;
    this.peers = peers;
    this.byHand = byHand;
    this.limits = limits;
  }

  Measure higherIsBetter(String name, String format) {
    return add(Measure.higherIsBetter(name, format));
  }

  Measure lowerIsBetter(String name, String format) {
    return add(Measure.lowerIsBetter(name, format));
  }

  private Measure add(Measure measure) {
    measures.add(measure);
    return measure;
  }

  /** Says that peers have no figure for these measures of their own, but one that stands for it. */
  void comparesWith(String name, Measure... others) {
    measures.stream()
        .filter(measure -> measure.name().equals(name))
        .forEach(base -> List.of(others).forEach(other -> comparedWith.put(other.name(), base)));
  }

  /** Says that a contestant could not be measured, and why. */
  void fail(String contestant, Throwable reason) {
    Throwable innermost = reason;
    while (innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    String message = innermost.toString();
    failures.put(contestant, message.substring(0, Math.min(message.length(), FAILURE_LENGTH_MAX)));
  }

  void setting(String name, Object value) {
    settings.put(name, value);
  }

  boolean hasFailures() {
    return !failures.isEmpty();
  }

  String markdown() {
    StringBuilder out = new StringBuilder(settingsLine());
    out.append("| measure | Commondata | best peer | × | by hand | × | limit | × |\n");
    out.append("|---|---:|---:|---:|---:|---:|---:|---:|\n");
    measures.forEach(measure -> out.append(comparison(measure)));
    out.append("\nEach contestant, medians:\n\n");
    List<Measure> ofMany = measures.stream().filter(m -> m.figures().size() > 2).toList();
    out.append("| |").append(cells(ofMany.stream().map(Measure::name).toList())).append('\n');
    out.append("|---|").append("---:|".repeat(ofMany.size())).append('\n');
    for (String name : everybody()) {
      out.append("| ").append(name).append(" |");
      out.append(cells(ofMany.stream().map(m -> m.shown(name)).toList())).append('\n');
    }
    failures.forEach(
        (name, reason) -> out.append("\nNot measured: %s: %s\n".formatted(name, reason)));
    return out.toString();
  }

  private String settingsLine() {
    return settings.entrySet().stream()
            .map(setting -> setting.getKey() + " " + setting.getValue())
            .collect(Collectors.joining(", "))
        + "\n\n";
  }

  private String comparison(Measure measure) {
    Measure peersMeasure = comparedWith.getOrDefault(measure.name(), measure);
    String best = peersMeasure.best(peers).orElse("");
    String hand = measure.best(byHand).orElse("");
    String limit = measure.best(limits).orElse("");
    return "| %s | %s | %s | %s | %s | %s | %s | %s |%n"
        .formatted(
            measure.name(),
            measure.shown(ours),
            named(peersMeasure, best),
            measure.ratio(ours, peersMeasure, best),
            named(measure, hand),
            measure.ratio(ours, measure, hand),
            named(measure, limit),
            measure.ratio(ours, measure, limit));
  }

  private static String named(Measure measure, String contestant) {
    return contestant.isEmpty() ? "" : measure.shown(contestant) + " (" + contestant + ")";
  }

  private List<String> everybody() {
    List<String> names = new ArrayList<>(List.of(ours));
    names.addAll(peers);
    names.addAll(byHand);
    names.addAll(limits);
    return names;
  }

  private static String cells(List<String> cells) {
    return cells.stream().map(cell -> " " + cell + " |").collect(Collectors.joining());
  }

  /** Every round of everybody. */
  String json() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("settings", settings);
    all.put("failures", failures);
    all.put("measures", measures);
    return Json.pretty(all);
  }
}
