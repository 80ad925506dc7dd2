package commondata.schedule;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends the rest of polls before their time. Polls that do the same work share one; a ring that
 * nobody waits for is kept for the next who rests. It wakes the poll that has rested for the
 * shortest time: that one's connection and session are the warmest, and the others rest on.
 * Thread-safe.
 */
public final class Bell {

  private static final int FOR_EVERYBODY = 1_000_000;

  /** Those who rest, the last one first. */
  private final Deque<CountDownLatch> resting = new ArrayDeque<>();

  /** Rings that nobody waited for. */
  private int kept;

  /** Rings that have woken somebody who is not up yet. */
  private int underWay;

  /** Wakes one poll. */
  public void ring() {
    ring(1);
  }

  /** Wakes so many polls; rings that were not heard yet count. */
  public synchronized void ring(int polls) {
    for (int missing = polls - kept - underWay; missing > 0; missing--) {
      CountDownLatch last = resting.poll();
      if (last == null) {
        kept += missing;
        return;
      }
      underWay++;
      last.countDown();
    }
  }

  /** Lets nobody rest from now on. */
  void ringForEver() {
    ring(FOR_EVERYBODY);
  }

  /** Waits for a ring; returns whether there was one in time. */
  boolean await(Duration atMost) throws InterruptedException {
    CountDownLatch own = new CountDownLatch(1);
    synchronized (this) {
      if (kept > 0) {
        kept--;
        return true;
      }
      resting.push(own);
    }
    try {
      own.await(Math.max(0, atMost.toNanos()), TimeUnit.NANOSECONDS);
      return getsUp(own);
    } catch (InterruptedException e) {
      if (getsUp(own)) {
        ring();
      }
      throw e;
    }
  }

  /** Returns whether it was rung for. */
  private synchronized boolean getsUp(CountDownLatch own) {
    if (resting.remove(own)) {
      return false;
    }
    underWay--;
    return true;
  }
}
