package simulation;

import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a statement sees, as PostgreSQL writes it: everything below {@code xmax} has begun, and of
 * that {@code running} has not ended.
 */
record Snapshot(long xmax, Set<Long> running) {

  boolean hasSeenEndOf(long transaction) {
    return transaction < xmax && !running.contains(transaction);
  }

  /** {@code snapshot_before}: what it shows of transactions below one. */
  Snapshot before(long transaction) {
    return new Snapshot(
        transaction, running.stream().filter(ran -> ran < transaction).collect(Collectors.toSet()));
  }

  long xmin() {
    return running.stream().mapToLong(Long::longValue).min().orElse(xmax);
  }
}
