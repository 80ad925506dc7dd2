package commondata.config;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Machine facts of one node. What a job or an event means is never configured here.
 *
 * @param pollInterval rest of a poll that found nothing
 * @param stampInterval rest of the sequencer after a round that found nothing
 * @param batchSize events a transaction, at most
 * @param jobs whether this node runs jobs that are due
 */
@ConfigurationProperties("commondata")
public record CommonDataProperties(
    @DefaultValue("100ms") Duration pollInterval,
    @DefaultValue("20ms") Duration stampInterval,
    @DefaultValue("200") int batchSize,
    @DefaultValue("true") boolean jobs) {

  private static final Duration LONGEST = Duration.ofMinutes(1);
  private static final int BATCH_SIZE_MAX = 10_000;

  public CommonDataProperties {
    between("poll-interval", pollInterval);
    between("stamp-interval", stampInterval);
    if (batchSize < 1 || batchSize > BATCH_SIZE_MAX) {
      throw new IllegalArgumentException(
          "commondata.batch-size is %d: set 1 to %d".formatted(batchSize, BATCH_SIZE_MAX));
    }
  }

  private static void between(String property, Duration value) {
    if (value.toMillis() < 1 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "commondata.%s is %d ms: set 1 ms to %s".formatted(property, value.toMillis(), LONGEST));
    }
  }
}
