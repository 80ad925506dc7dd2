package commondata.job;

import commondata.schedule.ScheduledJob;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/**
 * When a job starts by itself.
 *
 * @param cron Quartz cron expression, seconds first
 * @param zone zone of the expression, and of the business date it gives
 * @param days days from the business date to the day on which the job is due
 * @param missed which business dates are made up for
 */
public record Schedule(String cron, ZoneId zone, int days, Missed missed) {

  /** What is done about the business dates that went by while no node ran the job. */
  public enum Missed {
    /** Each gets its run, the oldest first. */
    EACH,
    /** The last one gets its run: it does the work of those before. */
    LAST
  }

  /** The same for a clock. */
  public ScheduledJob of(String job, String owner) {
    return new ScheduledJob(job, owner, cron, zone);
  }

  /** The business date that a start is about. */
  public LocalDate businessDateOf(Instant dueAt) {
    return LocalDate.ofInstant(dueAt, zone).minusDays(days);
  }
}
