package simulation;

import commondata.fault.DeliveryCheck.Numbered;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The database: committed rows, transactions, locks. One thread. */
final class World {

  static final int PARTS = 2;

  /** An event in the outbox; visible when its transaction has committed. */
  record Row(long id, long transaction, int part, String key, long n) {
    Numbered numbered() {
      return new Numbered(key, n);
    }
  }

  /** A parked key: its chain by position, and how often the head has failed. */
  static final class Parked {
    final TreeMap<Integer, Row> chain = new TreeMap<>();
    int attempts;
    long dueAt;
    boolean held;
  }

  final List<Row> outbox = new ArrayList<>();
  final Map<String, Long> counters = new HashMap<>();
  final List<List<Row>> positions = new ArrayList<>();
  final int[] cursors = new int[PARTS];
  final List<Map<String, Parked>> parked = new ArrayList<>();
  final Map<Numbered, Row> dead = new LinkedHashMap<>();
  final List<Numbered> effects = new ArrayList<>();
  final Map<Numbered, Integer> countedFailures = new HashMap<>();
  Snapshot stamped = new Snapshot(1, Set.of());
  long lastStampedId;
  long lastStampedTransaction;
  long now;

  private long nextTransaction = 1;
  private long nextId = 1;
  private final Set<Long> running = new TreeSet<>();
  private final Set<Long> committed = new HashSet<>();
  private final Map<String, Transaction> locks = new HashMap<>();

  World() {
    for (int part = 0; part < PARTS; part++) {
      positions.add(new ArrayList<>());
      parked.add(new TreeMap<>());
    }
  }

  Snapshot snapshot() {
    return new Snapshot(nextTransaction, new TreeSet<>(running));
  }

  boolean isVisible(long transaction, Snapshot in) {
    return in.hasSeenEndOf(transaction) && committed.contains(transaction);
  }

  long takeId() {
    return nextId++;
  }

  static int partOf(String key) {
    return Math.floorMod(key.hashCode(), PARTS);
  }

  long begin() {
    running.add(nextTransaction);
    return nextTransaction++;
  }

  void end(long transaction, boolean commits) {
    running.remove(transaction);
    if (commits) {
      committed.add(transaction);
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

  @Nullable Parked parkedKey(int part, String key) {
    return parked.get(part).get(key);
  }

  /** What producers have committed. */
  List<Numbered> published() {
    return outbox.stream()
        .filter(row -> committed.contains(row.transaction()))
        .map(Row::numbered)
        .toList();
  }

  boolean isQuiet() {
    for (int part = 0; part < PARTS; part++) {
      if (cursors[part] < positions.get(part).size()
          || parked.get(part).values().stream().anyMatch(key -> !key.held)) {
        return false;
      }
    }
    return running.isEmpty();
  }

  /** What waits, for a run that does not come to its end. */
  @Override
  public String toString() {
    return "cursors %s, positions %s, parked %s, running %s, locks %s"
        .formatted(
            Arrays.toString(cursors),
            positions.stream().map(List::size).toList(),
            parked.stream().map(Map::keySet).toList(),
            running,
            locks.keySet());
  }
}
