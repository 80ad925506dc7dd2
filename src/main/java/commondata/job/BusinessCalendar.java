package commondata.job;

import de.focus_shift.jollyday.core.HolidayManager;
import de.focus_shift.jollyday.core.ManagerParameters;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which days are business days: all, or Monday to Friday without the holidays of a calendar. */
public final class BusinessCalendar {

  private static final String KEY = "/source/expect/calendar";
  private static final Set<DayOfWeek> WEEKEND = Set.of(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY);

  private final @Nullable HolidayManager holidays;
  private final String[] region;

  private BusinessCalendar(@Nullable HolidayManager holidays, String... region) {
    this.holidays = holidays;
    this.region = region;
  }

  /**
   * Finds a calendar.
   *
   * @param code such as gb, gb-sct or target; null: every day is a business day
   * @param file where it stands, as source.expect.calendar
   */
  static BusinessCalendar of(@Nullable String code, YamlFile file) {
    if (code == null) {
      return new BusinessCalendar(null);
    }
    String[] parts = code.split("-", 2);
    Set<String> known = lowerCase(HolidayManager.getSupportedCalendarCodes());
    if (!known.contains(parts[0])) {
      throw unknown(code, "calendar", parts[0], known, file);
    }
    HolidayManager holidays = HolidayManager.getInstance(ManagerParameters.create(parts[0]));
    Set<String> regions = lowerCase(holidays.getCalendarHierarchy().getChildren().keySet());
    if (parts.length == 1) {
      return new BusinessCalendar(holidays);
    }
    if (!regions.contains(parts[1])) {
      throw unknown(code, "region", parts[1], regions, file);
    }
    return new BusinessCalendar(holidays, parts[1]);
  }

  private static DefinitionException unknown(
      String code, String what, String part, Set<String> known, YamlFile file) {
    return file.error(
        KEY,
        "is \"%s\", but there is no %s \"%s\"; known are %s"
            .formatted(code, what, part, String.join(", ", known)));
  }

  private static Set<String> lowerCase(Set<String> codes) {
    Set<String> lower = new TreeSet<>();
    codes.forEach(code -> lower.add(code.toLowerCase(Locale.ROOT)));
    return lower;
  }

  /** Whether that day is one. */
  public boolean isBusinessDay(LocalDate day) {
    return holidays == null
        || (!WEEKEND.contains(day.getDayOfWeek()) && !holidays.isHoliday(day, region));
  }

  /** The first business day after a day. */
  LocalDate after(LocalDate day) {
    LocalDate next = day.plusDays(1);
    while (!isBusinessDay(next)) {
      next = next.plusDays(1);
    }
    return next;
  }
}
