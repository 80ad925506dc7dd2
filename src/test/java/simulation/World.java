package simulation;

import commondata.fault.DeliveryCheck.Numbered;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The database: committed rows, transactions, locks. One thread. */
final class World {

  static final int PARTS = 2;

  final List<Row> outbox = new ArrayList<>();
  final Map<String, Long> counters = new HashMap<>();
  final List<Part> parts = new ArrayList<>();
  final Map<Numbered, Row> dead = new LinkedHashMap<>();
  Snapshot stamped = new Snapshot(1, Set.of());
  @Nullable Snapshot goal;
  List<Long> cuts = List.of();
  long lastStampedId;
  long lastStampedTransaction;
  long now;

  private long nextTransaction = 1;
  private long nextId = 1;
  private final Set<Long> running = new TreeSet<>();
  private final Map<Long, Long> committed = new HashMap<>();
  private final Map<String, Transaction> locks = new HashMap<>();

  World() {
    for (int part = 0; part < PARTS; part++) {
      parts.add(new Part(part));
    }
  }

  Snapshot snapshot() {
    return new Snapshot(nextTransaction, new TreeSet<>(running));
  }

  boolean isVisible(long transaction, Snapshot in) {
    return in.hasSeenEndOf(transaction) && committed.containsKey(transaction);
  }

  long takeId() {
    return nextId++;
  }

  static int partOf(String key) {
    return Math.floorMod(key.hashCode(), PARTS);
  }

  Part part(Row row) {
    return parts.get(row.part());
  }

  long begin() {
    running.add(nextTransaction);
    return nextTransaction++;
  }

  void end(long transaction, boolean commits) {
    running.remove(transaction);
    if (commits) {
      committed.put(transaction, now);
    }
  }

  boolean lock(String what, Transaction by) {
    Transaction holder = locks.putIfAbsent(what, by);
    return holder == null || holder == by;
  }

  /** Takes a lock from whoever holds it. */
  void steal(String what, Transaction by) {
    Transaction holder = locks.put(what, by);
    if (holder != null) {
      holder.robbed(what);
    }
  }

  void unlock(String what, Transaction by) {
    locks.remove(what, by);
  }

  /** When that transaction was committed. */
  long committedAt(long transaction) {
    return committed.getOrDefault(transaction, now);
  }

  /** What producers have committed. */
  List<Numbered> published() {
    return outbox.stream()
        .filter(row -> committed.containsKey(row.transaction()))
        .map(Row::numbered)
        .toList();
  }

  boolean isQuiet() {
    return running.isEmpty() && parts.stream().allMatch(Part::isQuiet);
  }

  /** What waits, for a run that does not come to its end. */
  @Override
  public String toString() {
    return "cursors %s, positions %s, paused until %s, parked %s, running %s, locks %s"
        .formatted(
            parts.stream().map(part -> part.cursor).toList(),
            parts.stream().map(part -> part.positions.size()).toList(),
            parts.stream().map(part -> part.pausedUntil).toList(),
            parts.stream().map(part -> part.parked.keySet()).toList(),
            running,
            locks.keySet());
  }
}
