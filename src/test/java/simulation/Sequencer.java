package simulation;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** One round of {@code commondata.stamp()}, in the steps in which it meets others. */
final class Sequencer {

  private final World world;
  private final Variant variant;
  private final Witness witness;

  Sequencer(World world, Variant variant, Witness witness) {
    this.world = world;
    this.variant = variant;
    this.witness = witness;
  }

  /**
   * The writes of a round: positions, heads and snapshot, all in the caller's transaction. Returns
   * how many events it numbers.
   */
  int number(Transaction transaction) {
    Snapshot now = world.snapshot();
    List<Row> fresh = fresh(world.stamped, now);
    transaction.write(
        () -> {
          for (Row row : fresh) {
            world.part(row).positions.add(row);
            witness.stamped(row);
            world.lastStampedId = Math.max(world.lastStampedId, row.id());
            world.lastStampedTransaction =
                Math.max(world.lastStampedTransaction, row.transaction());
          }
          world.stamped = now;
        });
    return fresh.size();
  }

  private List<Row> fresh(Snapshot last, Snapshot now) {
    Predicate<Row> isVisible = row -> world.isVisible(row.transaction(), now);
    Comparator<Row> byId = Comparator.comparingLong(Row::id);
    return switch (variant) {
      case STAMP_BY_ID -> rows(isVisible.and(row -> row.id() > world.lastStampedId), byId);
      case STAMP_BY_TRANSACTION ->
          rows(
              isVisible.and(
                  row ->
                      row.transaction() > world.lastStampedTransaction
                          && row.transaction() < now.xmin()),
              Comparator.comparingLong(Row::transaction).thenComparing(byId));
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

  private List<Row> rows(Predicate<Row> which, Comparator<Row> order) {
    return world.outbox.stream().filter(which).sorted(order).toList();
  }
}
