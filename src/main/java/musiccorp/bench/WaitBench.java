package musiccorp.bench;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import commondata.schedule.Poll;
import commondata.schedule.PollClock;
import commondata.subscription.Poller;
import commondata.subscription.Sequencer;
import commondata.subscription.Subscription;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures how long an event waits from its publication to its handling, at a steady rate and the
 * default poll interval, with the clock that a node uses.
 */
final class WaitBench {

  private static final int EVENTS_A_SECOND = 200;
  private static final Duration POLL_INTERVAL = Duration.ofMillis(100);
  private static final Duration STAMP_INTERVAL = Duration.ofMillis(20);

  private final Login login;
  private final EventCodec codec = new EventCodec();

  WaitBench(Database database) {
    this.login = database.login(OutboxBench.LOGIN);
  }

  /** Waits in milliseconds. */
  record Waits(double p50, double p99) {}

  Waits run(Duration duration) {
    Subscription subscription =
        Subscription.named("bench-wait").login(OutboxBench.LOGIN).onBatch(events -> {}).build();
    Poller poller =
        new Poller(
            subscription,
            login,
            codec,
            "bench",
            500,
            new Sequencer(login, STAMP_INTERVAL.toMillis()));
    try (PollClock clock = new PollClock("bench", List.of(poll(poller)), POLL_INTERVAL)) {
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

  private static Poll poll(Poller poller) {
    return new Poll() {
      @Override
      public String name() {
        return "bench-wait";
      }

      @Override
      public boolean pollOnce() {
        return poller.pollOnce().worked();
      }
    };
  }

  private void publishSteadily(Duration duration) {
    Outbox outbox = new Outbox(login, codec);
    long gap = TimeUnit.SECONDS.toNanos(1) / EVENTS_A_SECOND;
    long start = System.nanoTime();
    long events = duration.toSeconds() * EVENTS_A_SECOND;
    for (long i = 0; i < events; i++) {
      LockSupport.parkNanos(start + i * gap - System.nanoTime());
      outbox.publish(NewEvent.of("bench.steady", "key-" + i % 500, "{}"));
    }
  }

  private Waits waits() {
    double[] waits =
        login
            .jdbc()
            .sql(
                """
                SELECT extract(epoch FROM r.handled_at - q.occurred_at) * 1000
                FROM bench.receipt AS r
                JOIN commondata.outbox_seq AS q ON q.part = r.part AND q.seq = r.seq
                WHERE r.subscription = 'bench-wait'
                """)
            .query(Double.class)
            .list()
            .stream()
            .mapToDouble(Double::doubleValue)
            .sorted()
            .toArray();
    return new Waits(percentile(waits, 0.50), percentile(waits, 0.99));
  }

  private static double percentile(double[] sorted, double share) {
    if (sorted.length == 0) {
      throw new IllegalStateException("no event was handled: " + Arrays.toString(sorted));
    }
    return sorted[(int) Math.min(sorted.length - 1L, Math.round(share * sorted.length))];
  }
}
