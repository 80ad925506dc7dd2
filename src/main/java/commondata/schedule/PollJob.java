package commondata.schedule;

import java.util.Objects;
import org.quartz.DisallowConcurrentExecution;
import org.quartz.Job;
import org.quartz.JobExecutionContext;
import org.quartz.JobExecutionException;
import org.quartz.SchedulerException;

/** Quartz's end of a poll: one slot of its loop. Public because Quartz makes it. */
@DisallowConcurrentExecution
public final class PollJob implements Job {

  @Override
  public void execute(JobExecutionContext context) throws JobExecutionException {
    try {
      PollLoops loops = (PollLoops) context.getScheduler().getContext().get(PollLoops.CONTEXT_KEY);
      Objects.requireNonNull(loops, PollLoops.CONTEXT_KEY);
      loops.run(context.getJobDetail().getKey().getName());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SchedulerException e) {
      throw new JobExecutionException(e);
    }
  }
}
