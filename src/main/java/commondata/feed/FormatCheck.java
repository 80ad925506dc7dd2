package commondata.feed;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Says what is wrong with a format that {@link Places} can't read by. */
final class FormatCheck {

  private static final Pattern RIGHT =
      Pattern.compile(
          "(yy(yy)?[-./ ]?MM[-./ ]?dd|dd[-./ ]?MM[-./ ]?yy(yy)?|MM[-./ ]?dd[-./ ]?yy(yy)?)"
              + "([- T]?HH[:.]?mm([:.]?ss([.,]?S{1,9})?)?)?");

  private static final Pattern ORDER = Pattern.compile("(yMd|dMy|Mdy)(Hm(sS?)?)?");

  private static final String BETWEEN =
      "has something else between its parts than a date may have (one of - . / and a blank, or"
          + " nothing), or a time (before it - or T or a blank, in it : or ., before the fraction"
          + " . or a comma, or nothing)";

  /** What a format is made of, each a run of one letter. */
  private enum Part {
    YEAR('y', "year", "yyyy or yy", "yy(yy)?"),
    MONTH('M', "month", "MM", "MM"),
    DAY('d', "day", "dd", "dd"),
    HOUR('H', "hour", "HH", "HH"),
    MINUTE('m', "minute", "mm", "mm"),
    SECOND('s', "second", "ss", "ss"),
    FRACTION('S', "fraction", "one to nine S", "S{1,9}");

    private final char letter;
    private final String label;
    private final String written;
    private final Pattern run;

    Part(char letter, String label, String written, String run) {
      this.letter = letter;
      this.label = label;
      this.written = written;
      this.run = Pattern.compile(run);
    }

    static @Nullable Part of(char letter) {
      for (Part part : values()) {
        if (part.letter == letter) {
          return part;
        }
      }
      return null;
    }
  }

  private FormatCheck() {}

  /** What is wrong, in words that go on from the format; null if nothing is. */
  static @Nullable String wrong(String format) {
    if (RIGHT.matcher(format).matches()) {
      return null;
    }
    return Stream.<Function<String, @Nullable String>>of(
            FormatCheck::unknownLetter,
            FormatCheck::wrongRun,
            FormatCheck::missing,
            FormatCheck::misplaced)
        .map(check -> check.apply(format))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(BETWEEN);
  }

  private static @Nullable String unknownLetter(String format) {
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (Character.isLetter(c) && c != 'T' && Part.of(c) == null) {
        return "has the letter \"%s\", which stands for nothing; known are %s"
            .formatted(format.substring(i, format.offsetByCodePoints(i, 1)), known());
      }
    }
    return null;
  }

  private static String known() {
    List<String> known = new ArrayList<>();
    for (Part part : Part.values()) {
      known.add(part.written + " (" + part.label + ")");
    }
    return String.join(", ", known);
  }

  private static @Nullable String wrongRun(String format) {
    for (Part part : Part.values()) {
      int first = format.indexOf(part.letter);
      String run = first < 0 ? "" : format.substring(first, format.lastIndexOf(part.letter) + 1);
      if (run.chars().anyMatch(c -> c != part.letter)) {
        return "has the %s (%s) twice".formatted(part.label, part.written);
      }
      if (!run.isEmpty() && !part.run.matcher(run).matches()) {
        return "has the %s as %s, but it is written %s".formatted(part.label, run, part.written);
      }
    }
    return null;
  }

  private static @Nullable String missing(String format) {
    List<Part> needed = new ArrayList<>(List.of(Part.YEAR, Part.MONTH, Part.DAY));
    if (Stream.of(Part.HOUR, Part.MINUTE, Part.SECOND, Part.FRACTION).anyMatch(isIn(format))) {
      needed.addAll(List.of(Part.HOUR, Part.MINUTE));
    }
    if (isIn(format).test(Part.FRACTION)) {
      needed.add(Part.SECOND);
    }
    return needed.stream()
        .filter(isIn(format).negate())
        .map(part -> "lacks the %s (%s)".formatted(part.label, part.written))
        .findFirst()
        .orElse(null);
  }

  private static Predicate<Part> isIn(String format) {
    return part -> format.indexOf(part.letter) >= 0;
  }

  private static @Nullable String misplaced(String format) {
    String order = format.replaceAll("[^yMdHmsS]", "").replaceAll("(.)\\1+", "$1");
    return ORDER.matcher(order).matches()
        ? null
        : "has another order than year, month, day, or month or day first and the year last, and"
            + " then the time";
  }
}
