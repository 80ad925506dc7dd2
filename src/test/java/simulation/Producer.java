package simulation;

import java.util.List;
import java.util.TreeMap;

/**
 * Publishes under its keys' row locks, as a producer that respects its aggregate does: takes its
 * transaction id early or late, touches one key or two, commits, rolls back or dies.
 */
final class Producer extends Actor {

  private final Runnable hint;
  private int left;

  /**
   * @param hint rings when something was committed
   */
  Producer(
      String name, World world, Plan plan, List<String> chain, int transactions, Runnable hint) {
    super(name, world, plan, chain);
    this.left = transactions;
    this.hint = hint;
  }

  boolean isDone() {
    return left <= 0;
  }

  @Override
  void begin() {
    if (isDone()) {
      return;
    }
    left--;
    Transaction transaction = transaction();
    if (plan.random.nextInt(3) == 0) {
      next(transaction::id);
    }
    // Two keys in ascending order: overlapping, but no deadlock.
    TreeMap<String, Boolean> keys = new TreeMap<>();
    keys.put(plan.key(), true);
    if (plan.random.nextInt(3) == 0) {
      keys.put(plan.key(), true);
    }
    keys.keySet().forEach(key -> next(() -> publish(transaction, key)));
    next(() -> end(transaction));
  }

  private void publish(Transaction transaction, String key) {
    if (!transaction.lock("key " + key)) {
      // Waits for whoever has it, with everything that comes after.
      again(() -> publish(transaction, key));
      return;
    }
    long n = world.counters.getOrDefault(key, 0L) + 1;
    Row row =
        new Row(world.takeId(), transaction.id(), World.partOf(key), key, n, plan.dueAt(world.now));
    world.outbox.add(row);
    transaction.write(() -> world.counters.put(key, n));
    note("publishes " + row);
  }

  private void end(Transaction transaction) {
    if (plan.random.nextInt(6) == 0) {
      note("rolls back " + transaction.id());
      giveUp();
    } else {
      note("commits " + transaction.id());
      commit(hint, () -> {});
    }
  }
}
