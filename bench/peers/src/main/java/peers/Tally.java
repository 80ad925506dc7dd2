package peers;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Counts deliveries and remembers how long each waited. Handlers call it; thread-safe. */
final class Tally {

  private static final int WAITS_MAX = 200_000;
  private static final long LOOK_NANOS = 1_000_000;

  private final AtomicLong handled = new AtomicLong();
  private final AtomicLong firstNanos = new AtomicLong();
  private final AtomicLong lastNanos = new AtomicLong();
  private final int[] waitMicros = new int[WAITS_MAX];
  private final AtomicInteger waits = new AtomicInteger();

  /** One delivery is done, its transaction perhaps not yet committed. */
  void handled(Done event) {
    int n = waits.getAndIncrement();
    if (n < WAITS_MAX) {
      waitMicros[n] = (int) Math.min(Integer.MAX_VALUE, Done.micros() - event.at());
    }
    long now = System.nanoTime();
    if (handled.getAndIncrement() == 0) {
      firstNanos.set(now);
    }
    lastNanos.set(now);
  }

  long handled() {
    return handled.get();
  }

  /** Waits until so many were handled; false if for {@code patience} none was. */
  boolean await(long count, Duration patience) {
    long seen = -1;
    long since = System.nanoTime();
    while (handled.get() < count) {
      if (handled.get() != seen) {
        seen = handled.get();
        since = System.nanoTime();
      } else if (System.nanoTime() - since > patience.toNanos()) {
        return false;
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return true;
  }

  /** What was counted stays counted; how long it waited is forgotten. */
  void forgetWaits() {
    waits.set(0);
  }

  long firstNanos() {
    return firstNanos.get();
  }

  long lastNanos() {
    return lastNanos.get();
  }

  /** Waits in milliseconds at the given shares, such as 0.5 for the median. */
  double[] waitsMs(double... shares) {
    int count = Math.min(WAITS_MAX, waits.get());
    int[] sorted = Arrays.copyOf(waitMicros, count);
    Arrays.sort(sorted);
    return Arrays.stream(shares)
        .map(
            share ->
                count == 0
                    ? Double.NaN
                    : sorted[(int) Math.min(count - 1L, (long) (share * count))] / 1000.0)
        .toArray();
  }
}
