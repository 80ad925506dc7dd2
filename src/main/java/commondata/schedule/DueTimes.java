package commondata.schedule;

import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.TimeZone;
import java.util.stream.Stream;
import org.quartz.CronExpression;

/** The instants at which a job is due by its cron expression. */
public final class DueTimes {

  private static final Duration SHORTEST_LOOK = Duration.ofMinutes(1);
  private static final Duration LONGEST_LOOK = Duration.ofDays(366);

  private final CronExpression cron;

  /**
   * Understands a job's expression.
   *
   * @throws ClockException if Quartz does not
   */
  public DueTimes(ScheduledJob job) {
    try {
      cron = new CronExpression(job.cron());
    } catch (ParseException e) {
      throw new ClockException(
          "job \"%s\": schedule.cron \"%s\" is no cron expression of Quartz: %s"
              .formatted(job.name(), job.cron(), e.getMessage()),
          e);
    }
    cron.setTimeZone(TimeZone.getTimeZone(job.zone()));
  }

  /** The next ones after {@code from}, at most {@code count}. */
  public List<Instant> after(Instant from, int count) {
    return Stream.iterate(
            cron.getNextValidTimeAfter(Date.from(from)),
            time -> time != null,
            cron::getNextValidTimeAfter)
        .limit(count)
        .map(Date::toInstant)
        .toList();
  }

  /** The last one up to {@code until}, if there is one in the year before. */
  public Optional<Instant> last(Instant until) {
    // Quartz looks ahead only: so from further and further back, until there is one.
    for (Duration back = SHORTEST_LOOK;
        back.compareTo(LONGEST_LOOK) < 0;
        back = back.multipliedBy(2)) {
      Date last = null;
      Date next = cron.getNextValidTimeAfter(Date.from(until.minus(back)));
      while (next != null && !next.toInstant().isAfter(until)) {
        last = next;
        next = cron.getNextValidTimeAfter(next);
      }
      if (last != null) {
        return Optional.of(last.toInstant());
      }
    }
    return Optional.empty();
  }
}
