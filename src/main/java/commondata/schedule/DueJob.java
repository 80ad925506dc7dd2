package commondata.schedule;

import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Objects;
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
    // The time it was due, not the time it is: a late firing is still about its own day.
    LocalDate businessDate = LocalDate.ofInstant(context.getScheduledFireTime().toInstant(), zone);
    try {
      JobStarter starter =
          (JobStarter) context.getScheduler().getContext().get(JobClock.CONTEXT_KEY);
      Objects.requireNonNull(starter, JobClock.CONTEXT_KEY);
      starter.start(context.getJobDetail().getKey().getName(), businessDate);
    } catch (SchedulerException e) {
      throw new JobExecutionException(e);
    }
  }
}
