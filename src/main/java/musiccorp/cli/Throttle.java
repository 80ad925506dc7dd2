package musiccorp.cli;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/**
 * Rests after each act, so that there are no more than so many a second.
 *
 * @param parkNanos rests for so many nanoseconds
 */
record Throttle(int perSecond, LongConsumer parkNanos) {

  private static final long NANOS_A_SECOND = 1_000_000_000L;

  static Throttle of(int perSecond) {
    return new Throttle(perSecond, LockSupport::parkNanos);
  }

  void rest() {
    parkNanos.accept(NANOS_A_SECOND / perSecond);
  }
}
