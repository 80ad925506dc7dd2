package commondata.config;

import commondata.subscription.Reading;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Machine facts of one node. What a job or an event means is never configured here.
 *
 * @param pollInterval rest of a poll that found nothing
 * @param idleInterval rest of a poll after many that found nothing
 * @param batchSize events a transaction, at most
 * @param workers threads a subscription, at most
 * @param wakeNodes whether nodes wake each other with one NOTIFY a round of stamping
 * @param checkPayloads whether a payload is held against its JSON Schema before {@code Outbox}
 *     publishes it; what SQL publishes (files, jobs) is not looked into
 * @param jobs whether this node runs jobs that are due
 * @param retention how long the log stays
 */
@ConfigurationProperties(prefix = "commondata", ignoreUnknownFields = false)
public record CommonDataProperties(
    @DefaultValue("100ms") Duration pollInterval,
    @DefaultValue("500ms") Duration idleInterval,
    @DefaultValue("200") int batchSize,
    @DefaultValue("4") int workers,
    @DefaultValue("false") boolean wakeNodes,
    @DefaultValue("false") boolean checkPayloads,
    @DefaultValue("true") boolean jobs,
    @DefaultValue Retention retention) {

  private static final Duration LONGEST = Duration.ofMinutes(1);
  private static final Duration KEEP_MIN = Duration.ofDays(1);
  private static final Duration KEEP_MAX = Duration.ofDays(36_500);
  private static final int BATCH_SIZE_MAX = 10_000;
  private static final int WORKERS_MAX = 64;

  public CommonDataProperties {
    between("poll-interval", pollInterval);
    between("idle-interval", idleInterval);
    if (idleInterval.compareTo(pollInterval) < 0) {
      throw new IllegalArgumentException(
          "commondata.idle-interval is %d ms: set commondata.poll-interval, %d ms, or more"
              .formatted(idleInterval.toMillis(), pollInterval.toMillis()));
    }
    if (workers < 1 || workers > WORKERS_MAX) {
      throw new IllegalArgumentException(
          "commondata.workers is %d: set 1 to %d".formatted(workers, WORKERS_MAX));
    }
    if (batchSize < 1 || batchSize > BATCH_SIZE_MAX) {
      throw new IllegalArgumentException(
          "commondata.batch-size is %d: set 1 to %d".formatted(batchSize, BATCH_SIZE_MAX));
    }
  }

  /**
   * How long the log stays.
   *
   * @param keep after that, a day that every subscription has passed is dropped
   */
  public record Retention(@DefaultValue("30d") Duration keep) {

    public Retention {
      if (keep.compareTo(KEEP_MIN) < 0 || keep.compareTo(KEEP_MAX) > 0) {
        throw new IllegalArgumentException(
            "commondata.retention.keep is %d h: set %dd to %dd"
                .formatted(keep.toHours(), KEEP_MIN.toDays(), KEEP_MAX.toDays()));
      }
    }
  }

  /** How this node reads its subscriptions. */
  Reading.Settings reading() {
    return new Reading.Settings(batchSize, workers, wakeNodes, pollInterval, idleInterval);
  }

  private static void between(String property, Duration value) {
    if (value.toMillis() < 1 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "commondata.%s is %d ms: set 1 ms to %d ms"
              .formatted(property, value.toMillis(), LONGEST.toMillis()));
    }
  }
}
