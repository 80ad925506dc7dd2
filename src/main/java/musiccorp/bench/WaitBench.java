package musiccorp.bench;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import commondata.schedule.PollClock;
import commondata.subscription.Reading;
import commondata.subscription.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures how long an event waits from its publication to its handling, at a steady rate, read as
 * a node reads with its default settings: when nobody tells it of a commit, as when another program
 * published, and when this process itself did.
 */
final class WaitBench {

  private static final int EVENTS_A_SECOND = 200;
  private static final Reading.Settings SETTINGS =
      new Reading.Settings(200, 4, false, Duration.ofMillis(100), Duration.ofMillis(500));

  private final Database reader;
  private final Login publisher;
  private final String name;
  private final EventCodec codec = new EventCodec();

  /** Publishes by a database of its own, which tells the reader nothing. */
  static WaitBench polled(Database reader, Database publisher) {
    return new WaitBench(reader, publisher, "polled");
  }

  static WaitBench woken(Database database) {
    return new WaitBench(database, database, "woken");
  }

  private WaitBench(Database reader, Database publisher, String name) {
    this.reader = reader;
    this.publisher = publisher.login(OutboxBench.LOGIN);
    this.name = name;
  }

  /** Waits in milliseconds. */
  record Waits(double p50, double p99) {}

  Waits run(Duration duration) {
    Subscription subscription =
        Subscription.named("bench-" + name).login(OutboxBench.LOGIN).onBatch(events -> {}).build();
    Reading reading = new Reading(reader, "bench", codec, SETTINGS);
    try (PollClock clock =
        new PollClock("bench", reading.polls(List.of(subscription)), SETTINGS.pollInterval())) {
      clock.start();
      rest();
      publishSteadily(duration);
      rest();
    }
    return waits();
  }

  /** Before: the clock starts up, which is not what is measured. After: the last are handled. */
  private static void rest() {
    LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
  }

  private void publishSteadily(Duration duration) {
    Outbox outbox = new Outbox(publisher, codec);
    long gap = TimeUnit.SECONDS.toNanos(1) / EVENTS_A_SECOND;
    long start = System.nanoTime();
    long events = duration.toSeconds() * EVENTS_A_SECOND;
    for (long i = 0; i < events; i++) {
      LockSupport.parkNanos(start + i * gap - System.nanoTime());
      outbox.publish(NewEvent.of("bench." + name, BenchTables.keyOf(i), "{}"));
    }
  }

  private Waits waits() {
    double[] waits =
        publisher
            .jdbc()
            .sql(
                """
                SELECT extract(epoch FROM w.waited) * 1000
                FROM bench.wait AS w
                WHERE w.subscription = :subscription
                """)
            .param("subscription", "bench-" + name)
            .query(Double.class)
            .list()
            .stream()
            .mapToDouble(Double::doubleValue)
            .sorted()
            .toArray();
    return new Waits(percentile(waits, 0.50), percentile(waits, 0.99));
  }

  private double percentile(double[] sorted, double share) {
    if (sorted.length == 0) {
      throw new IllegalStateException("no event was handled: " + name);
    }
    return sorted[(int) Math.min(sorted.length - 1L, Math.round(share * sorted.length))];
  }
}
