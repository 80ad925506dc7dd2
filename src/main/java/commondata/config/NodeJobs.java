package commondata.config;

import commondata.database.Database;
import commondata.feed.ExportPoll;
import commondata.feed.FeedPoll;
import commondata.feed.FeedUpkeep;
import commondata.job.JobDefinition;
import commondata.job.JobRunner;
import commondata.job.ScheduledRuns;
import commondata.job.SqlCheck;
import commondata.schedule.Poll;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
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

  /** Those of a node that runs no jobs. */
  public static NodeJobs none() {
    return new NodeJobs(List.of(), List.of());
  }

  /**
   * What is due by the clock, a poll for each feed and each job that sends files.
   *
   * @param jobs those that run here
   * @param runner knows them and maybe more
   * @param drop where files come and go: a directory a feed
   * @throws commondata.job.DefinitionException if the server can't plan the SQL of a job
   */
  public static NodeJobs of(
      List<JobDefinition> jobs, JobRunner runner, Database database, Path drop, NodeName node) {
    jobs.stream()
        .filter(job -> !job.isFeed())
        .forEach(job -> new SqlCheck(database.bulkLogin(job.owner())).require(job));
    Clock clock = Clock.systemUTC();
    List<Poll> feeds = new ArrayList<>(FeedPoll.all(jobs, database, drop, node.value(), clock));
    feeds.addAll(ExportPoll.all(jobs, runner.exporter(), database, drop));
    feeds.add(FeedUpkeep.of(jobs, database, drop, node.value(), clock));
    return new NodeJobs(ScheduledRuns.all(jobs, runner, database, clock), feeds);
  }
}
