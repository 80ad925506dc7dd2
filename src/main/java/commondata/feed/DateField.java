package commondata.feed;

import java.nio.charset.Charset;
import java.time.DateTimeException;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * Reads dates by the place of their digits: a pattern of yyyy or yy, MM, dd and what is between
 * them. Years of two digits are those of POSIX: 69 to 99 are of 1900, 00 to 68 of 2000.
 */
final class DateField extends Field {

  private static final int PIVOT = 69;

  private final String format;
  private final int year;
  private final int yearDigits;
  private final int month;
  private final int day;
  private final @Nullable LocalDate min;
  private final @Nullable LocalDate max;
  private LocalDate date = LocalDate.EPOCH;

  DateField(Column column, Charset charset) {
    super(column, charset);
    this.format = column.format();
    this.year = format.indexOf("yy");
    this.yearDigits = format.lastIndexOf('y') + 1 - year;
    this.month = format.indexOf("MM");
    this.day = format.indexOf("dd");
    this.min = limit(column.min());
    this.max = limit(column.max());
  }

  private static @Nullable LocalDate limit(@Nullable String text) {
    try {
      return text == null ? null : LocalDate.parse(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("limit \"" + text + "\" is no date as 2026-11-21", e);
    }
  }

  @Override
  void readValue(String value, RecordErrors errors) {
    LocalDate parsed = parse(value);
    if (parsed == null) {
      errors.add(
          column.name(),
          Code.DATE,
          "expected a date as %s, found %s".formatted(format, quoted(value)));
      return;
    }
    date = parsed;
    boolean early = min != null && parsed.isBefore(min);
    if (early || (max != null && parsed.isAfter(max))) {
      errors.add(
          column.name(),
          Code.RANGE,
          "expected a date %s %s, found %s"
              .formatted(early ? "from" : "up to", early ? min : max, parsed));
    }
  }

  private @Nullable LocalDate parse(String value) {
    if (value.length() != format.length()) {
      return null;
    }
    for (int i = 0; i < format.length(); i++) {
      char expected = format.charAt(i);
      char found = value.charAt(i);
      boolean fits = Character.isLetter(expected) ? isDigit(found) : found == expected;
      if (!fits) {
        return null;
      }
    }
    try {
      int y = year(value);
      return y == 0 ? null : LocalDate.of(y, digits(value, month, 2), digits(value, day, 2));
    } catch (DateTimeException e) {
      return null;
    }
  }

  private int year(String value) {
    int number = digits(value, year, yearDigits);
    if (yearDigits > 2) {
      return number;
    }
    return number + (number < PIVOT ? 2000 : 1900);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static int digits(String value, int begin, int length) {
    int number = 0;
    for (int i = begin; i < begin + length; i++) {
      number = number * 10 + value.charAt(i) - '0';
    }
    return number;
  }

  @Override
  void write(String value, CopyRow out) {
    out.text(date.toString());
  }
}
