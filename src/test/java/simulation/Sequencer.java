package simulation;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** One round of {@code commondata.stamp()}, in the steps in which it meets others. */
final class Sequencer {

  private final World world;
  private final Variant variant;

  Sequencer(World world, Variant variant) {
    this.world = world;
    this.variant = variant;
  }

  /** The writes of a round: positions, heads and snapshot, all in the caller's transaction. */
  void number(Transaction transaction) {
    Snapshot now = world.snapshot();
    List<World.Row> fresh = fresh(world.stamped, now);
    transaction.write(
        () -> {
          for (World.Row row : fresh) {
            world.positions.get(row.part()).add(row);
            world.lastStampedId = Math.max(world.lastStampedId, row.id());
            world.lastStampedTransaction =
                Math.max(world.lastStampedTransaction, row.transaction());
          }
          world.stamped = now;
        });
  }

  private List<World.Row> fresh(Snapshot last, Snapshot now) {
    Predicate<World.Row> isVisible = row -> world.isVisible(row.transaction(), now);
    Comparator<World.Row> byId = Comparator.comparingLong(World.Row::id);
    return switch (variant) {
      case STAMP_BY_ID -> rows(isVisible.and(row -> row.id() > world.lastStampedId), byId);
      case STAMP_BY_TRANSACTION ->
          rows(
              isVisible.and(
                  row ->
                      row.transaction() > world.lastStampedTransaction
                          && row.transaction() < now.xmin()),
              Comparator.comparingLong(World.Row::transaction).thenComparing(byId));
      case STAMP_WITHOUT_RUNNING ->
          rows(isVisible.and(row -> row.transaction() >= last.xmax()), byId);
      default -> {
        Set<Long> ranThen = last.running();
        yield rows(
            isVisible.and(
                row -> row.transaction() >= last.xmax() || ranThen.contains(row.transaction())),
            byId);
      }
    };
  }

  private List<World.Row> rows(Predicate<World.Row> which, Comparator<World.Row> order) {
    return world.outbox.stream().filter(which).sorted(order).toList();
  }
}
