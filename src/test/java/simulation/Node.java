package simulation;

import commondata.fault.DeliveryCheck.Numbered;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A process that stamps and reads: the poll of {@code commondata.subscription.Poller}, step by
 * step, on the functions of the database, step by step.
 */
final class Node extends Actor {

  private final Variant variant;
  private final Sequencer sequencer;
  private final Retry retry;
  private final Map<Numbered, Integer> failuresRemembered = new HashMap<>();
  private final Map<Numbered, Integer> failuresSeen = new HashMap<>();

  Node(String name, World world, Plan plan, List<String> chain, Variant variant) {
    super(name, world, plan, chain);
    this.variant = variant;
    this.sequencer = new Sequencer(world, variant);
    this.retry = new Retry(this);
  }

  /** Events of one part and the bounds between which they are all there is. */
  private record Batch(int part, int start, int end, List<World.Row> rows) {}

  @Override
  void begin() {
    next(this::stamp);
    next(retry::begin);
    next(() -> claim(Set.of(0, 1), plan.batchSizeMax, 0));
  }

  @Override
  void die() {
    failuresRemembered.clear();
  }

  private void stamp() {
    Transaction transaction = transaction();
    if (!transaction.lock("sequencer")) {
      transaction.rollback();
      return;
    }
    again(
        () -> {
          sequencer.number(transaction);
          again(() -> commit(() -> {}, () -> {}));
        });
  }

  /** Locks a part that has something and returns its next events; {@code more} to come alone. */
  private void claim(Set<Integer> parts, int limit, int more) {
    List<Integer> waiting =
        parts.stream()
            .filter(part -> world.cursors[part] < world.positions.get(part).size())
            .toList();
    if (waiting.isEmpty()) {
      return;
    }
    int part = waiting.get(plan.random.nextInt(waiting.size()));
    Transaction transaction = transaction();
    if (!lease(transaction, part)) {
      transaction.rollback();
      return;
    }
    int start = world.cursors[part];
    int end = Math.min(world.positions.get(part).size(), start + limit);
    List<World.Row> rows = new ArrayList<>(world.positions.get(part).subList(start, end));
    if (variant != Variant.FOLLOWERS_PASS) {
      rows.removeIf(row -> world.parkedKey(part, row.key()) != null);
    }
    Batch batch = new Batch(part, start, end, rows);
    if (plan.isOut()) {
      giveUp();
      return;
    }
    next(() -> handle(transaction, batch, 0, more));
  }

  boolean lease(Transaction transaction, int part) {
    if (transaction.lock("part " + part)) {
      return true;
    }
    if (variant == Variant.LEASE_WITHOUT_FENCE && plan.random.nextInt(8) == 0) {
      world.steal("part " + part, transaction);
      return transaction.lock("part " + part);
    }
    return false;
  }

  private void handle(Transaction transaction, Batch batch, int from, int more) {
    if (from == batch.rows.size()) {
      finish(transaction, batch, more);
      return;
    }
    World.Row row = batch.rows.get(from);
    if (plan.crashes()) {
      crash("in its handler");
    } else if (plan.isOut()) {
      note("meets an outage at " + row.numbered());
      giveUp();
    } else if (works(row)) {
      again(() -> handle(transaction, batch, from + 1, more));
    } else {
      note("fails on " + row.numbered());
      giveUp();
      if (batch.rows.size() == 1) {
        next(() -> park(batch.part, row));
      } else {
        next(() -> claim(Set.of(batch.part), 1, batch.rows.size() - 1));
      }
    }
  }

  /** A handler: fails as often as the plan says, or for ever. */
  boolean works(World.Row row) {
    int failures = plan.failuresOf(row);
    return failures < Integer.MAX_VALUE
        && failuresSeen.merge(row.numbered(), 1, Integer::sum) > failures;
  }

  private void finish(Transaction transaction, Batch batch, int more) {
    Runnable effects = () -> batch.rows.forEach(row -> world.effects.add(row.numbered()));
    Runnable advance = () -> advance(batch.part, batch.start, batch.end, batch.rows);
    Runnable goOn =
        () -> {
          if (more > 0) {
            next(() -> claim(Set.of(batch.part), 1, more - 1));
          }
        };
    transaction.write(effects);
    if (variant == Variant.CURSOR_IN_SECOND_TRANSACTION) {
      again(() -> commit(() -> next(() -> second(advance, goOn)), () -> {}));
      return;
    }
    transaction.write(advance);
    again(() -> commit(goOn, () -> afterUnknown(effects, advance)));
  }

  private void second(Runnable advance, Runnable goOn) {
    Transaction transaction = transaction();
    transaction.write(advance);
    next(() -> commit(goOn, () -> {}));
  }

  private void afterUnknown(Runnable effects, Runnable advance) {
    if (variant == Variant.BLIND_RETRY) {
      Transaction transaction = transaction();
      transaction.write(effects);
      transaction.write(advance);
      next(() -> commit(() -> {}, () -> {}));
    }
  }

  /** Moves the cursor; followers of parked keys in between join their chains. */
  private void advance(int part, int start, int end, List<World.Row> handled) {
    for (int position = start; position < end; position++) {
      World.Row row = world.positions.get(part).get(position);
      World.Parked key = world.parkedKey(part, row.key());
      if (key != null && !handled.contains(row)) {
        key.chain.put(position, row);
      }
    }
    world.cursors[part] = end;
  }

  /** The culprit was rolled back: its key waits, the cursor moves past it, others flow on. */
  private void park(int part, World.Row row) {
    Transaction transaction = transaction();
    if (!transaction.lock("part " + part)) {
      transaction.rollback();
      again(() -> park(part, row));
      return;
    }
    int start = world.cursors[part];
    int position = world.positions.get(part).indexOf(row);
    boolean isNext =
        position >= start
            && world.positions.get(part).subList(start, position).stream()
                .allMatch(before -> world.parkedKey(part, before.key()) != null);
    if (!isNext || world.parkedKey(part, row.key()) != null) {
      giveUp();
      return;
    }
    transaction.write(
        () -> {
          advance(part, start, position + 1, List.of(row));
          World.Parked key = new World.Parked();
          key.chain.put(position, row);
          world.parked.get(part).put(row.key(), key);
          countFailure(part, row, key);
        });
    next(() -> commit(() -> {}, () -> {}));
  }

  /** The head of a parked key has failed: it waits longer, or is dead. */
  void countFailure(int part, World.Row row, World.Parked key) {
    world.countedFailures.merge(row.numbered(), 1, Integer::sum);
    int attempts =
        variant == Variant.ATTEMPTS_IN_MEMORY
            ? failuresRemembered.merge(row.numbered(), 1, Integer::sum)
            : ++key.attempts;
    key.dueAt = world.now + (10L << Math.min(attempts, 6));
    if (attempts < plan.attemptsMax) {
      return;
    }
    note(row.numbered() + " is dead");
    key.chain.remove(key.chain.firstKey());
    world.dead.put(row.numbered(), row);
    if (plan.holdsDeadKeys) {
      key.held = true;
    } else {
      nextInChain(part, row.key(), key);
    }
  }

  void nextInChain(int part, String name, World.Parked key) {
    if (key.chain.isEmpty()) {
      world.parked.get(part).remove(name);
    } else {
      key.attempts = 0;
      key.held = false;
      key.dueAt = world.now;
    }
  }
}
