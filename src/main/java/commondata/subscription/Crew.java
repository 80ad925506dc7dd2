package commondata.subscription;

import commondata.schedule.Bell;
import commondata.schedule.Pace;
import commondata.schedule.Poll;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The workers of one subscription in one process. They share a bell: the {@link Lookout} wakes as
 * many as there are parts with something that nobody here is at, so a part whose handler is slow
 * keeps one worker, and the others go on. The first one also polls now and then by itself: what a
 * lookout that failed has missed is late, not lost.
 */
final class Crew {

  /** Rest of the first worker when nobody wakes it. */
  static final Duration SLOW_TICK = Duration.ofSeconds(5);

  private final String subscription;
  private final PollObserver observer;
  private final Bell bell = new Bell();
  private final AtomicInteger busy = new AtomicInteger();
  private final List<Poll> workers = new ArrayList<>();

  /**
   * @param pollers as many as there are workers, made by number
   */
  Crew(String subscription, int workers, Function<Integer, Poller> pollers, PollObserver observer) {
    this.subscription = subscription;
    this.observer = observer;
    for (int i = 0; i < workers; i++) {
      Pace pace =
          i == 0 ? new Pace(bell, Duration.ZERO, SLOW_TICK, SLOW_TICK) : Pace.whenRung(bell);
      String name = i == 0 ? subscription : subscription + "-" + (i + 1);
      this.workers.add(new Worker(name, pollers.apply(i), this, pace));
    }
  }

  String subscription() {
    return subscription;
  }

  List<Poll> workers() {
    return workers;
  }

  /** Wakes workers for parts that have something, those included that a worker is at. */
  void wakeFor(int parts) {
    bell.ring(Math.min(parts, workers.size()) - busy.get());
  }

  /** Does a worker's poll. */
  PollOutcome atWork(Supplier<PollOutcome> poll) {
    busy.incrementAndGet();
    try {
      PollOutcome outcome = poll.get();
      observer.polled(subscription, outcome);
      return outcome;
    } finally {
      busy.decrementAndGet();
    }
  }
}
