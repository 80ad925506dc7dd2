package commondata.schedule;

import java.text.ParseException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Objects;
import org.quartz.CronExpression;
import org.quartz.CronTrigger;
import org.quartz.DisallowConcurrentExecution;
import org.quartz.Job;
import org.quartz.JobExecutionContext;
import org.quartz.JobExecutionException;
import org.quartz.SchedulerException;

/** Quartz's end of a job that is due. Public because Quartz makes it. */
@DisallowConcurrentExecution
public final class DueJob implements Job {

  static final String ZONE = "zone";

  @Override
  public void execute(JobExecutionContext context) throws JobExecutionException {
    ZoneId zone = ZoneId.of(context.getMergedJobDataMap().getString(ZONE));
    try {
      LocalDate businessDate = LocalDate.ofInstant(dueAt(context), zone);
      JobStarter starter =
          (JobStarter) context.getScheduler().getContext().get(JobClock.CONTEXT_KEY);
      Objects.requireNonNull(starter, JobClock.CONTEXT_KEY);
      starter.start(context.getJobDetail().getKey().getName(), businessDate);
    } catch (SchedulerException | ParseException e) {
      throw new JobExecutionException(e);
    }
  }

  /**
   * The time it was due, not the time it is: a late firing is still about its own day. For one that
   * was missed, when no node was there, Quartz says now.
   */
  private static Instant dueAt(JobExecutionContext context) throws ParseException {
    Instant fired = context.getScheduledFireTime().toInstant();
    if (!(context.getTrigger() instanceof CronTrigger trigger)) {
      return fired;
    }
    CronExpression cron = new CronExpression(trigger.getCronExpression());
    cron.setTimeZone(trigger.getTimeZone());
    return JobClock.lastTime(cron, fired);
  }
}
