package commondata.job;

import commondata.schedule.DueTimes;
import commondata.schedule.ScheduledJob;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** When a job is due, and for which business dates. */
final class JobTimes {

  private final Schedule schedule;
  private final DueTimes times;

  JobTimes(ScheduledJob job, Schedule schedule) {
    this.schedule = schedule;
    this.times = new DueTimes(job);
  }

  /** The next time after {@code from}; empty if there is none. */
  Optional<Instant> next(Instant from) {
    return times.after(from, 1).stream().findFirst();
  }

  /**
   * The business dates for which the job became due, with the last time of each: a run that begins
   * then does the work of the times before.
   *
   * @param after times up to this one don't count; of those before, a year's
   * @param until the last that does
   */
  SortedMap<LocalDate, Instant> between(Instant after, Instant until) {
    SortedMap<LocalDate, Instant> due = new TreeMap<>();
    Optional<Instant> last = times.last(until);
    while (last.isPresent() && last.get().isAfter(after)) {
      due.put(schedule.businessDateOf(last.get()), last.get());
      if (schedule.missed() == Schedule.Missed.LAST) {
        break;
      }
      Instant day =
          LocalDate.ofInstant(last.get(), schedule.zone())
              .atStartOfDay(schedule.zone())
              .toInstant();
      last = times.last(day.minusMillis(1));
    }
    return due;
  }
}
