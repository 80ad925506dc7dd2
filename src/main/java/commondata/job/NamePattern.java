package commondata.job;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * What the names of a feed's files must look like: a regular expression that the whole name must
 * match. Its groups {@code sequence} and {@code business_date} say the file's number and day.
 *
 * <p>A name that keeps a pattern busy without end is refused, see {@link BoundedMatch}.
 */
public final class NamePattern {

  private static final String KEY = "/source/name";
  private static final String SEQUENCE = "sequence";
  private static final String BUSINESS_DATE = "business_date";

  /** Java's names of groups have no underscore. */
  private static final String JAVA_BUSINESS_DATE = "businessDate";

  private static final Pattern GROUP = Pattern.compile("\\\\.|\\(\\?<([A-Za-z][A-Za-z0-9_]*)>");
  private static final Pattern NUMBER = Pattern.compile("0*[1-9][0-9]{0,17}");

  private final String regex;
  private final Pattern pattern;
  private final Set<String> groups;

  private NamePattern(String regex, Pattern pattern, Set<String> groups) {
    this.regex = regex;
    this.pattern = pattern;
    this.groups = groups;
  }

  /**
   * Reads a pattern.
   *
   * @param file where it stands, as source.name
   */
  static NamePattern of(String regex, YamlFile file) {
    Set<String> groups = new HashSet<>();
    Matcher group = GROUP.matcher(regex);
    while (group.find()) {
      if (group.group(1) != null) {
        groups.add(group.group(1));
      }
    }
    for (String name : groups) {
      if (!name.equals(SEQUENCE) && !name.equals(BUSINESS_DATE)) {
        throw file.error(
            KEY, "has a group \"%s\"; known are %s, %s".formatted(name, SEQUENCE, BUSINESS_DATE));
      }
    }
    return new NamePattern(regex, compiled(regex, file), Set.copyOf(groups));
  }

  private static Pattern compiled(String regex, YamlFile file) {
    try {
      return Pattern.compile(
          regex.replace("(?<" + BUSINESS_DATE + ">", "(?<" + JAVA_BUSINESS_DATE + ">"));
    } catch (PatternSyntaxException e) {
      throw file.error(
          KEY,
          "must be a regular expression, but is \"%s\": %s".formatted(regex, e.getDescription()));
    }
  }

  /** Whether a name must say of which business date its file is. */
  boolean saysBusinessDate() {
    return groups.contains(BUSINESS_DATE);
  }

  /** What a name says, or why it is refused. */
  public FileName read(String name) {
    BoundedMatch.Match match;
    try {
      match = BoundedMatch.of(pattern, name);
    } catch (BoundedMatch.GivenUpException e) {
      return FileName.refused(
          "whether the name \"%s\" matches source.name, \"%s\", %s"
              .formatted(name, regex, e.getMessage()));
    }
    if (!match.matches()) {
      return FileName.refused(
          "the name \"%s\" does not match source.name, \"%s\"".formatted(name, regex));
    }
    Matcher matcher = match.groups();
    String number = groups.contains(SEQUENCE) ? text(matcher, SEQUENCE) : null;
    String date = groups.contains(BUSINESS_DATE) ? text(matcher, JAVA_BUSINESS_DATE) : null;
    if (number != null && !NUMBER.matcher(number).matches()) {
      return FileName.refused(
          "the name \"%s\" has \"%s\" as its sequence, expected a number from 1 with 18 digits at most"
              .formatted(name, number));
    }
    LocalDate day = date == null ? null : date(date);
    if (date != null && day == null) {
      return FileName.refused(
          "the name \"%s\" has \"%s\" as its business date, expected a day as yyyyMMdd or yyyy-MM-dd"
              .formatted(name, date));
    }
    return new FileName(number == null ? null : Long.valueOf(number), day, null);
  }

  /**
   * An empty text stands for a group that took no part in the match: it is no number and no day.
   */
  private static String text(Matcher matcher, String group) {
    String text = matcher.group(group);
    return text == null ? "" : text;
  }

  private static @Nullable LocalDate date(String text) {
    if (text.length() > "2026-11-21".length() || text.startsWith("-")) {
      // A year beyond 9999, or before the first, which no column takes.
      return null;
    }
    try {
      LocalDate day =
          LocalDate.parse(
              text,
              text.contains("-")
                  ? DateTimeFormatter.ISO_LOCAL_DATE
                  : DateTimeFormatter.BASIC_ISO_DATE);
      return day.getYear() < 1 ? null : day;
    } catch (DateTimeException e) {
      // The caller says so.
      return null;
    }
  }
}
