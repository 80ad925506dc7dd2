package commondata.config;

import commondata.job.ScheduledRuns;
import commondata.schedule.Poll;
import java.util.List;

/**
 * The jobs of one node.
 *
 * @param scheduled polls that run what is due
 * @param feeds polls that look for files, and after those that went out
 */
public record NodeJobs(List<ScheduledRuns> scheduled, List<Poll> feeds) {

  public NodeJobs {
    scheduled = List.copyOf(scheduled);
    feeds = List.copyOf(feeds);
  }
}
