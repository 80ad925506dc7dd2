package commondata.config;

import commondata.database.Database;
import commondata.event.EventCodec;
import commondata.schedule.JobClock;
import commondata.schedule.JobStarter;
import commondata.schedule.Poll;
import commondata.schedule.PollClock;
import commondata.schedule.ScheduledJob;
import commondata.subscription.Poller;
import commondata.subscription.Sequencer;
import commondata.subscription.Subscription;
import commondata.subscription.SubscriptionCheck;
import java.util.ArrayList;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Makes a node of every {@link Subscription}, {@link Poll} and {@link ScheduledJob} that the
 * application declares as beans. The application gives the {@link Database} and a {@link NodeName}.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(CommonDataProperties.class)
public class CommonDataConfiguration {

  @Bean
  EventCodec eventCodec() {
    return new EventCodec();
  }

  @Bean
  NodeLifecycle nodeLifecycle(
      Database database,
      NodeName node,
      EventCodec codec,
      CommonDataProperties properties,
      List<Subscription> subscriptions,
      List<Poll> polls,
      List<ScheduledJob> jobs,
      ObjectProvider<JobStarter> starter) {
    return new NodeLifecycle(
        () -> {
          List<AutoCloseable> clocks = new ArrayList<>();
          if (properties.jobs() && !jobs.isEmpty()) {
            JobClock jobClock =
                new JobClock(database.login(JobClock.LOGIN), jobs, starter.getObject());
            clocks.add(jobClock);
            jobClock.start();
          }
          List<Poll> all = new ArrayList<>(polls);
          all.addAll(pollers(database, node, codec, properties, subscriptions));
          PollClock pollClock = new PollClock(node.value(), all, properties.pollInterval());
          clocks.add(pollClock);
          pollClock.start();
          return clocks;
        });
  }

  private static List<Poll> pollers(
      Database database,
      NodeName node,
      EventCodec codec,
      CommonDataProperties properties,
      List<Subscription> subscriptions) {
    if (subscriptions.isEmpty()) {
      return List.of();
    }
    Sequencer sequencer =
        new Sequencer(
            database.login(subscriptions.get(0).login()), properties.stampInterval().toMillis());
    List<Poll> pollers = new ArrayList<>();
    for (Subscription subscription : subscriptions) {
      SubscriptionCheck.check(subscription, database.login(subscription.login()));
      pollers.add(
          new SubscriptionPoll(
              new Poller(
                  subscription,
                  database.login(subscription.login()),
                  codec,
                  node.value(),
                  properties.batchSize(),
                  sequencer)));
    }
    return pollers;
  }
}
