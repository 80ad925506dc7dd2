package commondata.job;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;

/**
 * That a file comes for each business date, and until when.
 *
 * @param cutoff time of day by which it must be loaded
 * @param zone zone of that time
 * @param calendar which days are business dates
 * @param days business days from the business date to the day of the cutoff
 */
public record Expectation(LocalTime cutoff, ZoneId zone, BusinessCalendar calendar, int days) {

  /** When the file of a business date must be loaded. */
  public Instant dueAt(LocalDate businessDate) {
    LocalDate day = businessDate;
    for (int i = 0; i < days; i++) {
      day = calendar.after(day);
    }
    return day.atTime(cutoff).atZone(zone).toInstant();
  }
}
