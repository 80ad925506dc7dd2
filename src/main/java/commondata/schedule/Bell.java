package commondata.schedule;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Ends the rest of polls before their time. Polls that do the same work share one; a ring that
 * nobody waits for is kept for the next who rests. Thread-safe.
 */
public final class Bell {

  private static final int FOR_EVERYBODY = 1_000_000;

  private final Semaphore rings = new Semaphore(0);

  /** Wakes one poll. */
  public void ring() {
    ring(1);
  }

  /** Wakes so many polls; rings that were not heard yet count. */
  public synchronized void ring(int polls) {
    int missing = polls - rings.availablePermits();
    if (missing > 0) {
      rings.release(missing);
    }
  }

  /** Lets nobody rest from now on. */
  void ringForEver() {
    ring(FOR_EVERYBODY);
  }

  /** Waits for a ring; returns whether there was one in time. */
  boolean await(Duration atMost) throws InterruptedException {
    return rings.tryAcquire(Math.max(0, atMost.toNanos()), TimeUnit.NANOSECONDS);
  }
}
