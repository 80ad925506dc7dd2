package commondata.feed;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalTime;

/**
 * Where the digits of a date, and of a time, stand in a text: a format of yyyy or yy, MM, dd, HH,
 * mm, ss and up to nine S, and of what is between them. Years of two digits are those of POSIX: 69
 * to 99 are of 1900, 00 to 68 of 2000.
 */
final class Places {

  private static final String DIGITS = "yMdHmsS";
  private static final int TWO = 2;
  private static final int PIVOT = 69;
  private static final int NANO_DIGITS = 9;

  private final String format;
  private final int year;
  private final int yearDigits;
  private final int month;
  private final int day;
  private final int hour;
  private final int minute;
  private final int second;
  private final int fraction;
  private final int fractionDigits;

  Places(String format) {
    this.format = format;
    this.year = format.indexOf('y');
    this.yearDigits = format.lastIndexOf('y') + 1 - year;
    this.month = format.indexOf('M');
    this.day = format.indexOf('d');
    this.hour = format.indexOf('H');
    this.minute = format.indexOf('m');
    this.second = format.indexOf('s');
    this.fraction = format.indexOf('S');
    this.fractionDigits = fraction < 0 ? 0 : format.lastIndexOf('S') + 1 - fraction;
  }

  /** Whether there is a time in the format. */
  boolean hasTime() {
    return hour >= 0;
  }

  /** Whether a text has digits where the format has letters, and all else alike. */
  boolean fit(String text) {
    if (text.length() != format.length()) {
      return false;
    }
    for (int i = 0; i < format.length(); i++) {
      char expected = format.charAt(i);
      char found = text.charAt(i);
      boolean fits = DIGITS.indexOf(expected) >= 0 ? isDigit(found) : found == expected;
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  /**
   * The date in a text that fits.
   *
   * @throws DateTimeException if there is no such day; Java has a year 0, the server has none
   */
  LocalDate date(String text) {
    int number = number(text, year, yearDigits);
    if (yearDigits == TWO) {
      number += number < PIVOT ? 2000 : 1900;
    }
    if (number == 0) {
      throw new DateTimeException("there is no year 0");
    }
    return LocalDate.of(number, number(text, month, TWO), number(text, day, TWO));
  }

  /**
   * The time in a text that fits.
   *
   * @throws DateTimeException if there is no such time
   */
  LocalTime time(String text) {
    int nanos = number(text, fraction, fractionDigits);
    for (int i = fractionDigits; i < NANO_DIGITS; i++) {
      nanos *= 10;
    }
    return LocalTime.of(
        number(text, hour, TWO), number(text, minute, TWO), number(text, second, TWO), nanos);
  }

  /** 0 if the format has no such number. */
  private static int number(String text, int begin, int length) {
    int number = 0;
    for (int i = begin; begin >= 0 && i < begin + length; i++) {
      number = number * 10 + text.charAt(i) - '0';
    }
    return number;
  }

  static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  @Override
  public String toString() {
    return format;
  }
}
