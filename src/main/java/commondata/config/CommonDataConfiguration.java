package commondata.config;

import commondata.database.Database;
import commondata.event.EventCodec;
import commondata.event.PayloadCheck;
import commondata.job.ScheduledRuns;
import commondata.measure.NodeMeasures;
import commondata.schedule.JobClock;
import commondata.schedule.Poll;
import commondata.schedule.PollClock;
import commondata.subscription.Reading;
import commondata.subscription.Subscription;
import commondata.upkeep.Upkeep;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * Makes a node of every {@link Subscription} and {@link Poll} that the application declares as a
 * bean. The application also gives the {@link Database} and a {@link NodeName}, and may give its
 * {@link NodeJobs} and {@link NodeHints}.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(CommonDataProperties.class)
@Import({MeasureConfiguration.class, TraceConfiguration.class})
public final class CommonDataConfiguration {

  /** Within the ten seconds that whoever sends SIGTERM usually waits, with time to close. */
  private static final Duration DRAIN = Duration.ofSeconds(8);

  @Bean
  EventCodec eventCodec(CommonDataProperties properties) {
    return new EventCodec(properties.checkPayloads() ? new PayloadCheck() : null);
  }

  @Bean
  NodeLifecycle nodeLifecycle(
      Database database,
      NodeName node,
      EventCodec codec,
      CommonDataProperties properties,
      List<Subscription> subscriptions,
      List<Poll> polls,
      Optional<NodeJobs> jobsHere,
      Optional<NodeHints> hints,
      NodeMeasures measures) {
    NodeJobs jobs = jobsHere.orElseGet(NodeJobs::none);
    Reading reading =
        new Reading(database, node.value(), codec, properties.reading()).observedBy(measures);
    return new NodeLifecycle(
        () -> {
          // Made first: a subscription that does not fit its row stops the start of all clocks.
          List<Poll> all = new ArrayList<>(polls);
          all.addAll(jobs.feeds());
          all.addAll(reading.polls(subscriptions));
          all.add(
              new Upkeep(
                  database,
                  node.value(),
                  properties.retention().keep(),
                  hints.map(NodeHints::here).orElse(UnaryOperator.identity()),
                  Clock.systemUTC()));
          List<AutoCloseable> clocks = new ArrayList<>();
          if (properties.jobs() && !jobs.scheduled().isEmpty()) {
            all.addAll(jobs.scheduled());
            JobClock jobClock = jobClock(database, jobs.scheduled());
            clocks.add(jobClock);
            jobClock.start();
          }
          PollClock pollClock =
              new PollClock(
                  node.value(), all, properties.pollInterval(), properties.idleInterval());
          clocks.add(pollClock);
          pollClock.start();
          return clocks;
        },
        DRAIN,
        reading::leave);
  }

  private static JobClock jobClock(Database database, List<ScheduledRuns> scheduled) {
    Map<String, ScheduledRuns> byName = new HashMap<>();
    scheduled.forEach(runs -> byName.put(runs.job().name(), runs));
    return new JobClock(
        database.login(JobClock.LOGIN),
        scheduled.stream().map(ScheduledRuns::job).toList(),
        job -> {
          // Another node's, if it is not known here: its own poll finds it.
          ScheduledRuns due = byName.get(job);
          if (due != null) {
            due.ring();
          }
        });
  }
}
