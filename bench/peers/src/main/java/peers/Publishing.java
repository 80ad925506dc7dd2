package peers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** The ways in which events are published. */
final class Publishing {

  private static final int THREADS = 8;
  private static final int A_SECOND = 200;

  private Publishing() {}

  /** As fast as eight threads can; returns the rate a second. */
  static double burst(Contestant contestant, long first, long last) throws Exception {
    AtomicLong next = new AtomicLong(first);
    Callable<Void> publisher =
        () -> {
          for (long id = next.getAndIncrement(); id <= last; id = next.getAndIncrement()) {
            contestant.publish(id);
          }
          return null;
        };
    List<Callable<Void>> publishers = new ArrayList<>();
    for (int n = 0; n < THREADS; n++) {
      publishers.add(publisher);
    }
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      long start = System.nanoTime();
      for (Future<Void> future : threads.invokeAll(publishers)) {
        future.get();
      }
      return (last - first + 1) * 1e9 / (System.nanoTime() - start);
    } finally {
      threads.shutdownNow();
    }
  }

  /** At a steady rate of 200 a second, on one thread; returns how many it published. */
  static long steadily(Contestant contestant, long first, Duration duration) throws Exception {
    long gap = TimeUnit.SECONDS.toNanos(1) / A_SECOND;
    long count = duration.toMillis() * A_SECOND / 1000;
    long start = System.nanoTime();
    for (long n = 0; n < count; n++) {
      LockSupport.parkNanos(start + n * gap - System.nanoTime());
      contestant.publish(first + n);
    }
    return count;
  }
}
