package musiccorp;

import commondata.config.NodeJobs;
import commondata.config.NodeName;
import commondata.database.Database;
import commondata.feed.FileExport;
import commondata.home.Home;
import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import commondata.job.JobRunner;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The jobs of this node: those whose owners are services that run here. */
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
    return NodeJobs.of(mine, runner, database, home.drop(), node);
  }
}
