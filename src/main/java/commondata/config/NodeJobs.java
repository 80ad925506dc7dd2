package commondata.config;

import commondata.schedule.JobStarter;
import commondata.schedule.Poll;
import commondata.schedule.ScheduledJob;
import java.util.List;

/**
 * The jobs of one node.
 *
 * @param scheduled jobs that the clock starts, by {@code starter}
 * @param feeds polls that look for files, and after those that went out
 */
public record NodeJobs(List<ScheduledJob> scheduled, List<Poll> feeds, JobStarter starter) {

  public NodeJobs {
    scheduled = List.copyOf(scheduled);
    feeds = List.copyOf(feeds);
  }
}
