package commondata.measure;

import commondata.subscription.PollObserver;
import commondata.subscription.PollOutcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What this node's polls come to: how large its commits are, how many polls found nothing, how many
 * attempts failed. Thread-safe.
 */
public final class NodeMeasures implements PollObserver {

  private final MeterRegistry registry;
  private final Map<String, OfSubscription> subscriptions = new ConcurrentHashMap<>();

  public NodeMeasures(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void polled(String subscription, PollOutcome outcome) {
    of(subscription).count(outcome);
  }

  @Override
  public void handled(String subscription, int events) {
    of(subscription).batchSize.record(events);
  }

  @Override
  public void failed(String subscription) {
    of(subscription).failed.increment();
  }

  private OfSubscription of(String subscription) {
    return subscriptions.computeIfAbsent(subscription, OfSubscription::new);
  }

  private final class OfSubscription {

    private final LongAdder polls = new LongAdder();
    private final LongAdder idle = new LongAdder();
    private final DistributionSummary batchSize;
    private final Counter failed;
    private final Counter interrupted;

    OfSubscription(String name) {
      batchSize =
          DistributionSummary.builder("commondata.batch.size")
              .description("Events a commit")
              .tag("subscription", name)
              .register(registry);
      failed =
          Counter.builder("commondata.attempts.failed")
              .description("Attempts that failed and were counted")
              .tag("subscription", name)
              .register(registry);
      interrupted =
          Counter.builder("commondata.attempts.interrupted")
              .description("Polls that an outage ended; no attempt was counted")
              .tag("subscription", name)
              .register(registry);
      Gauge.builder("commondata.polls.idle.ratio", this, OfSubscription::idleRatio)
          .description("Share of polls that found nothing, since the node started")
          .tag("subscription", name)
          .register(registry);
    }

    void count(PollOutcome outcome) {
      polls.increment();
      if (outcome instanceof PollOutcome.Idle) {
        idle.increment();
      } else if (outcome instanceof PollOutcome.Interrupted
          || outcome instanceof PollOutcome.Paused) {
        interrupted.increment();
      }
    }

    private double idleRatio() {
      long all = polls.sum();
      return all == 0 ? 0 : idle.sum() / (double) all;
    }
  }
}
