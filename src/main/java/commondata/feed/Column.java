package commondata.feed;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One column of a record, as layout.yaml declares it.
 *
 * @param name also the column of the staging table
 * @param title its name in the line of a file that names the columns
 * @param type what a value is
 * @param required whether it must have a value
 * @param min smallest value of a number or date
 * @param max largest value of a number or date
 * @param minLength fewest characters of a text
 * @param maxLength most characters of a text
 * @param pattern regular expression that the whole of a text must match
 * @param values the only texts allowed, of a boolean what says true and what false; empty: any
 * @param scale decimals of a decimal
 * @param impliedPoint whether a decimal is written without its point
 * @param nulls texts that stand for no value
 * @param sign where a number has its sign
 * @param numerals how the file writes numbers
 * @param format how a date or a timestamp is written, such as {@code yyyyMMdd}; null if nothing is
 *     said
 * @param zone where the time of a timestamp is that has no offset; {@link #NO_ZONE}: none has
 * @param at first character in a fixed-width record, from 1; 0 in CSV
 * @param length characters in a fixed-width record; 0 in CSV
 */
record Column(
    String name,
    String title,
    Type type,
    boolean required,
    @Nullable String min,
    @Nullable String max,
    int minLength,
    int maxLength,
    @Nullable String pattern,
    List<String> values,
    int scale,
    boolean impliedPoint,
    List<String> nulls,
    Sign sign,
    Numerals numerals,
    @Nullable String format,
    @Nullable String zone,
    int at,
    int length) {

  /** Zone of timestamps that have none, and want none. */
  static final String NO_ZONE = "none";

  /** What a value is. */
  enum Type {
    TEXT,
    INTEGER,
    DECIMAL,
    DATE,
    TIMESTAMP,
    BOOLEAN,
    UUID;

    boolean isNumber() {
      return this == INTEGER || this == DECIMAL;
    }

    /** As a layout has it. */
    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Where a number has its sign. */
  enum Sign {
    /** A minus before the digits, or nothing. */
    MINUS,
    /** A plus or a minus before the digits, or nothing. */
    LEADING,
    /** A plus or a minus behind the digits, or nothing. */
    TRAILING,
    /** In the last digit, as mainframes have it: A to I and a brace above zero, J to R below. */
    OVERPUNCH
  }

  /** Whether a timestamp says what a clock shows, and not where it hangs. */
  boolean isLocal() {
    return NO_ZONE.equals(zone);
  }

  Column {
    values = List.copyOf(values);
    nulls = List.copyOf(nulls);
  }
}
