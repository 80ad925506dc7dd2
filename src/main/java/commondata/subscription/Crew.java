package commondata.subscription;

import commondata.schedule.Bell;
import commondata.schedule.Pace;
import commondata.schedule.Poll;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The workers of one subscription in one process. They share a bell: the {@link Lookout} wakes as
 * many as there are parts with something that nobody here is at, so a part whose handler is slow
 * keeps one worker, and the others go on. A worker at its poll counts as woken; when the poll began
 * before the wake and found nothing, it may have missed what the wake was for, and polls again. The
 * first one also polls now and then by itself: what a lookout that failed has missed is late, not
 * lost. One whose handler will not end is given up: it does not count any more, unless it comes
 * back after all, and another takes its place as the first.
 */
final class Crew {

  /** Rest of the worker that polls by itself when nobody wakes it. */
  static final Duration SLOW_TICK = Duration.ofSeconds(10);

  private final String subscription;
  private final PollObserver observer;
  private final Bell bell = new Bell();
  private final Pace ticking = new Pace(bell, Duration.ZERO, SLOW_TICK, SLOW_TICK);
  private final Pace whenRung = Pace.whenRung(bell);
  private final AtomicInteger busy = new AtomicInteger();
  private final AtomicLong wakes = new AtomicLong();
  private final List<Worker> workers = new ArrayList<>();
  private final Set<Worker> lost = ConcurrentHashMap.newKeySet();

  /**
   * @param pollers as many as there are workers, made by number
   */
  Crew(String subscription, int workers, Function<Integer, Poller> pollers, PollObserver observer) {
    this.subscription = subscription;
    this.observer = observer;
    for (int i = 0; i < workers; i++) {
      String name = i == 0 ? subscription : subscription + "-" + (i + 1);
      this.workers.add(new Worker(name, pollers.apply(i), this));
    }
  }

  String subscription() {
    return subscription;
  }

  List<Poll> workers() {
    return List.copyOf(workers);
  }

  /** How a worker rests: the first of those that are not lost polls by itself. */
  Pace paceOf(Worker worker) {
    for (Worker each : workers) {
      if (!lost.contains(each)) {
        return each == worker ? ticking : whenRung;
      }
    }
    return whenRung;
  }

  /**
   * The worker's thread will not come back from that part. All others poll, and learn so who is the
   * first; they take the part's events one by one, or each would be lost to the same batch.
   */
  void giveUp(Worker worker, int part) {
    lost.add(worker);
    workers.forEach(each -> each.beCareful(part));
    bell.ring(workers.size() - lost.size());
  }

  /** Wakes workers for parts that have something, those included that a worker is at. */
  void wakeFor(int parts) {
    if (parts > 0) {
      wakes.incrementAndGet();
    }
    int gone = lost.size();
    bell.ring(Math.min(parts, workers.size() - gone) - (busy.get() - gone));
  }

  /** How often it was woken; a poll that began at another count may have missed something. */
  long wakes() {
    return wakes.get();
  }

  /** Does a worker's poll. */
  PollOutcome atWork(Worker worker, Supplier<PollOutcome> poll) {
    busy.incrementAndGet();
    try {
      PollOutcome outcome = poll.get();
      observer.polled(subscription, outcome);
      return outcome;
    } finally {
      busy.decrementAndGet();
      lost.remove(worker);
    }
  }
}
