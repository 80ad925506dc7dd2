package peers;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One thing that was measured, of everybody of whom it was.
 *
 * @param format of a figure, for {@link String#format}
 * @param lowerIsBetter whether a lower figure is the better one
 * @param figures a contestant's rounds
 */
record Measure(
    String name, String format, boolean lowerIsBetter, Map<String, List<Double>> figures) {

  static Measure higherIsBetter(String name, String format) {
    return new Measure(name, format, false, new LinkedHashMap<>());
  }

  static Measure lowerIsBetter(String name, String format) {
    return new Measure(name, format, true, new LinkedHashMap<>());
  }

  /** Adds the figure of a round; one that is no number was not measured. */
  void add(String contestant, double figure) {
    if (!Double.isNaN(figure)) {
      figures.computeIfAbsent(contestant, n -> new java.util.ArrayList<>()).add(figure);
    }
  }

  /** The middle one of a contestant's rounds; of an even number, the lower of the two. */
  Optional<Double> median(String contestant) {
    List<Double> rounds = figures.getOrDefault(contestant, List.of());
    return rounds.isEmpty()
        ? Optional.empty()
        : Optional.of(rounds.stream().sorted().toList().get((rounds.size() - 1) / 2));
  }

  /** The best of these contestants by its median. */
  Optional<String> best(List<String> contestants) {
    Comparator<String> byFigure = Comparator.comparing(name -> median(name).orElseThrow());
    return contestants.stream()
        .filter(name -> median(name).isPresent())
        .min(lowerIsBetter ? byFigure : byFigure.reversed());
  }

  String shown(String contestant) {
    return median(contestant).map(this::shown).orElse("");
  }

  String shown(double figure) {
    return format.formatted(figure);
  }

  /** How many times as good {@code ours} is as {@code theirs} in another measure, or this one. */
  String ratio(String ours, Measure other, String theirs) {
    return median(ours)
        .flatMap(a -> other.median(theirs).map(b -> lowerIsBetter ? b / a : a / b))
        .filter(Double::isFinite)
        .map(ratio -> String.format(Locale.ROOT, ratio < 10 ? "%.2f" : "%.1f", ratio))
        .orElse("");
  }
}
