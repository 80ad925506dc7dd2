package commondata.schedule;

import java.util.Objects;
import org.quartz.Job;
import org.quartz.JobExecutionContext;
import org.quartz.JobExecutionException;
import org.quartz.SchedulerException;

/** Quartz's end of a job that is due. Public because Quartz makes it. */
public final class DueJob implements Job {

  @Override
  public void execute(JobExecutionContext context) throws JobExecutionException {
    try {
      DueListener listener =
          (DueListener) context.getScheduler().getContext().get(JobClock.CONTEXT_KEY);
      Objects.requireNonNull(listener, JobClock.CONTEXT_KEY);
      listener.due(context.getJobDetail().getKey().getName());
    } catch (SchedulerException e) {
      throw new JobExecutionException(e);
    }
  }
}
