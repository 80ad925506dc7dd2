package simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One part of the log, and what its reader knows of it: cursor, breaker, parked keys, marks. */
final class Part {

  /** A parked key: its chain by position, and how often the head has failed. */
  static final class Parked {
    final TreeMap<Integer, Row> chain = new TreeMap<>();
    int attempts;
    long dueAt;
    boolean held;
    boolean isTransient;
    long failedAt;
    @Nullable String triedBy;
    long triedAt;
    int crashes;
  }

  /** Where a worker began, with how many events, and how many crashes it knew of. */
  record Mark(int cursor, int events, int crashes, long at) {}

  final int number;
  final List<Row> positions = new ArrayList<>();
  final Map<String, Parked> parked = new TreeMap<>();
  final Map<String, Mark> marks = new TreeMap<>();
  int cursor;
  long pausedUntil;
  int pauses;

  Part(int number) {
    this.number = number;
  }

  String lease() {
    return "part " + number;
  }

  boolean isParked(Row row) {
    return parked.containsKey(row.key());
  }

  /** Whether somebody who reads it now would find something. */
  boolean waits() {
    return cursor < positions.size();
  }

  boolean hasDue(long now) {
    return parked.values().stream().anyMatch(key -> !key.held && key.dueAt <= now);
  }

  /** Position of the next event that is no follower of a parked key, or the head. */
  int next() {
    int next = cursor;
    while (next < positions.size() && isParked(positions.get(next))) {
      next++;
    }
    return next;
  }

  /** {@code move_cursor}, with {@code park_followers}: what was handled closes the breaker. */
  void advance(int end, List<Row> handled) {
    for (int position = cursor; position < end; position++) {
      Row row = positions.get(position);
      Parked key = parked.get(row.key());
      if (key != null && !handled.contains(row)) {
        key.chain.put(position, row);
      }
    }
    cursor = end;
    close();
  }

  /** The breaker is closed: what it waited for works. */
  void close() {
    pausedUntil = 0;
    pauses = 0;
  }

  boolean isQuiet() {
    return !waits() && parked.values().stream().allMatch(key -> key.held);
  }
}
