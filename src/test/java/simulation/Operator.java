package simulation;

import java.util.List;

/**
 * Somebody who takes the reader back now and then, and after a mend replays dead letters that hold
 * their key, one at a time.
 */
final class Operator extends Actor {

  private final Variant variant;
  private final Witness witness;
  private int rewinds;
  private boolean mended;

  Operator(World world, Plan plan, List<String> chain, Variant variant, Witness witness) {
    super("operator", world, plan, chain);
    this.variant = variant;
    this.witness = witness;
    this.rewinds = plan.rewinds;
  }

  void mend() {
    mended = true;
    rewinds = 0;
  }

  @Override
  void begin() {
    if (rewinds > 0 && plan.random.nextInt(40) == 0) {
      rewinds--;
      Transaction transaction = transaction();
      next(() -> lockAll(transaction, 0));
    } else if (mended && plan.holdsDeadKeys) {
      world.dead.values().stream().findFirst().ifPresent(this::replay);
    }
  }

  /** Waits for the batches under way, part by part. */
  private void lockAll(Transaction transaction, int from) {
    for (int part = from; part < World.PARTS; part++) {
      int number = part;
      if (variant != Variant.REWIND_BESIDE_A_BATCH
          && !transaction.lock(world.parts.get(part).lease())) {
        again(() -> lockAll(transaction, number));
        return;
      }
    }
    double share = plan.random.nextDouble();
    transaction.write(() -> world.parts.forEach(part -> rewind(part, (int) (part.cursor * share))));
    next(() -> commit(() -> note("has rewound"), () -> {}));
  }

  /** {@code rewind_subscription} and {@code take_back}, for one part. */
  private void rewind(Part part, int to) {
    if (to == part.cursor) {
      return;
    }
    witness.rewinds(part.positions.subList(to, part.cursor));
    world.dead.values().removeIf(row -> part.positions.indexOf(row) >= to);
    if (variant != Variant.REWIND_LEAVES_CHAINS) {
      part.parked.forEach((name, key) -> key.chain.tailMap(to).clear());
      part.parked
          .entrySet()
          .removeIf(
              key ->
                  key.getValue().chain.isEmpty()
                      && !(key.getValue().held && hasDead(key.getKey())));
    }
    part.cursor = to;
  }

  private boolean hasDead(String key) {
    return world.dead.values().stream().anyMatch(row -> row.key().equals(key));
  }

  private void replay(Row row) {
    Part part = world.part(row);
    Transaction transaction = transaction();
    Part.Parked key = part.parked.get(row.key());
    if (!transaction.lock(part.lease()) || key == null) {
      transaction.rollback();
      return;
    }
    transaction.write(
        () -> {
          world.dead.remove(row.numbered());
          witness.replayed(row);
          key.chain.put(part.positions.indexOf(row), row);
          key.attempts = 0;
          key.held = false;
          key.triedBy = null;
          key.dueAt = world.now;
        });
    next(() -> commit(() -> note("replayed " + row.numbered()), () -> {}));
  }
}
