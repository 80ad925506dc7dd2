package commondata.feed;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Lets a file whose load failed through no fault of its own wait: 1 s, 2 s, 4 s ... 1 min. */
final class Backoff {

  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final int DOUBLINGS_MAX = 6;

  private record Failure(int count, Instant due) {}

  private final Clock clock;
  private final Map<Long, Failure> failures = new HashMap<>();

  Backoff(Clock clock) {
    this.clock = clock;
  }

  boolean isDue(long file) {
    Failure failure = failures.get(file);
    return failure == null || !clock.instant().isBefore(failure.due);
  }

  void failed(long file) {
    Failure before = failures.get(file);
    int count = before == null ? 0 : Math.min(before.count + 1, DOUBLINGS_MAX);
    failures.put(file, new Failure(count, clock.instant().plus(FIRST.multipliedBy(1L << count))));
  }

  void forget(long file) {
    failures.remove(file);
  }
}
