package simulation;

import java.util.Set;

/**
 * What a statement sees, as PostgreSQL writes it: everything below {@code xmax} has begun, and of
 * that {@code running} has not ended.
 */
record Snapshot(long xmax, Set<Long> running) {

  boolean hasSeenEndOf(long transaction) {
    return transaction < xmax && !running.contains(transaction);
  }

  long xmin() {
    return running.stream().mapToLong(Long::longValue).min().orElse(xmax);
  }
}
