package musiccorp;

import commondata.config.NodeJobs;
import commondata.config.NodeName;
import commondata.database.Database;
import commondata.feed.ExportPoll;
import commondata.feed.FeedPoll;
import commondata.feed.FeedUpkeep;
import commondata.feed.FileExport;
import commondata.home.Home;
import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import commondata.job.JobRunner;
import commondata.job.ScheduledRuns;
import commondata.job.SqlCheck;
import commondata.schedule.Poll;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The jobs of this node: what is due by the clock, and a poll for each feed and each that sends.
 */
@Configuration(proxyBeanMethods = false)
class JobConfiguration {

  private static final Logger LOG = LoggerFactory.getLogger(JobConfiguration.class);

  @Bean
  JobRunner jobRunner(JobCatalog catalog, Database database, Home home, NodeName node) {
    return new JobRunner(catalog, database, new FileExport(database, home.drop()), node.value());
  }

  @Bean
  NodeJobs nodeJobs(
      JobCatalog catalog,
      JobRunner runner,
      JobOwners owners,
      Database database,
      Home home,
      NodeName node) {
    List<JobDefinition> mine =
        catalog.all().stream().filter(job -> owners.include(job.owner())).toList();
    List<String> others =
        catalog.all().stream()
            .filter(job -> !owners.include(job.owner()))
            .map(JobDefinition::name)
            .toList();
    if (!others.isEmpty()) {
      LOG.info("jobs of owners that are none of the services here, for other nodes: {}", others);
    }
    mine.stream()
        .filter(job -> !job.isFeed())
        .forEach(job -> new SqlCheck(database.bulkLogin(job.owner())).require(job));
    return new NodeJobs(
        ScheduledRuns.all(mine, runner, database, Clock.systemUTC()),
        feeds(mine, database, home, node));
  }

  private static List<Poll> feeds(
      List<JobDefinition> mine, Database database, Home home, NodeName node) {
    Clock clock = Clock.systemUTC();
    List<Poll> polls =
        new ArrayList<>(FeedPoll.all(mine, database, home.drop(), node.value(), clock));
    polls.addAll(ExportPoll.all(mine, database, home.drop()));
    polls.add(FeedUpkeep.of(mine, database, home.drop(), node.value(), clock));
    return polls;
  }
}
