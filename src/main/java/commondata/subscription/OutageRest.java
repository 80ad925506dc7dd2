package commondata.subscription;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one poller from hammering a database that can't be used: it rests 20 ms, 40 ms ... 5 s,
 * half more or less at random, until a poll works again.
 */
final class OutageRest {

  private static final long FIRST_NANOS = 20_000_000L;
  private static final int DOUBLINGS_MAX = 8;

  private final LongSupplier nanoTime;
  private int inARow;
  private long until;
  private PollOutcome.@Nullable Interrupted why;

  OutageRest(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Why it rests now; null if it does not. */
  PollOutcome.@Nullable Interrupted why() {
    return why != null && nanoTime.getAsLong() - until < 0 ? why : null;
  }

  void begin(PollOutcome.Interrupted outage) {
    long nanos = FIRST_NANOS << Math.min(inARow++, DOUBLINGS_MAX);
    until = nanoTime.getAsLong() + nanos / 2 + ThreadLocalRandom.current().nextLong(nanos);
    why = outage;
  }

  void end() {
    inARow = 0;
    why = null;
  }
}
