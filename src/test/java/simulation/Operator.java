package simulation;

import java.util.List;

/** Somebody who replays dead letters that hold their key, one at a time, after a mend. */
final class Operator extends Actor {

  private boolean mended;

  Operator(World world, Plan plan, List<String> chain) {
    super("operator", world, plan, chain);
  }

  void mend() {
    mended = true;
  }

  @Override
  void begin() {
    if (!mended || !plan.holdsDeadKeys) {
      return;
    }
    world.dead.values().stream().findFirst().ifPresent(this::replay);
  }

  private void replay(World.Row row) {
    int part = row.part();
    Transaction transaction = transaction();
    World.Parked key = world.parkedKey(part, row.key());
    if (!transaction.lock("part " + part) || key == null) {
      transaction.rollback();
      return;
    }
    transaction.write(
        () -> {
          world.dead.remove(row.numbered());
          world.countedFailures.remove(row.numbered());
          key.chain.put(world.positions.get(part).indexOf(row), row);
          key.attempts = 0;
          key.held = false;
          key.dueAt = world.now;
        });
    next(() -> commit(() -> note("replayed " + row.numbered()), () -> {}));
  }
}
