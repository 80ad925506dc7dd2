package commondata.feed;

import commondata.job.FileName;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The day a file is about: the one that its feed's pattern finds in its name, else the first date
 * in it, as 2026-11-21 or 20261121.
 */
final class BusinessDate {

  private static final Pattern DATE =
      Pattern.compile("(?<![0-9])([0-9]{4})(-?)([0-9]{2})\\2([0-9]{2})(?![0-9])");

  private BusinessDate() {}

  static LocalDate of(String name, FileName says, LocalDate otherwise) {
    LocalDate said = says.businessDate();
    return said == null ? ofName(name, otherwise) : said;
  }

  static LocalDate ofName(String name, LocalDate otherwise) {
    Matcher date = DATE.matcher(name);
    while (date.find()) {
      LocalDate found = of(date);
      if (found != null) {
        return found;
      }
    }
    return otherwise;
  }

  private static @Nullable LocalDate of(Matcher date) {
    try {
      return LocalDate.of(
          Integer.parseInt(date.group(1)),
          Integer.parseInt(date.group(3)),
          Integer.parseInt(date.group(4)));
    } catch (DateTimeException e) {
      // Digits that look like a date but are none, such as an order number.
      return null;
    }
  }
}
