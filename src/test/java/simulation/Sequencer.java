package simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One call of {@code commondata.stamp()}, in the steps in which it meets others. */
final class Sequencer {

  private static final Comparator<Row> BY_ID = Comparator.comparingLong(Row::id);
  private static final Comparator<Row> BY_TRANSACTION =
      Comparator.comparingLong(Row::transaction).thenComparing(BY_ID);

  private final World world;
  private final int sliceLength;
  private final Variant variant;
  private final Witness witness;

  Sequencer(World world, Plan plan, Variant variant, Witness witness) {
    this.world = world;
    this.sliceLength = plan.sliceLength;
    this.variant = variant;
    this.witness = witness;
  }

  /**
   * The writes of a round, or of one slice of it: positions, heads, snapshot and what is left of
   * the round, all in the caller's transaction. Returns how many events it numbers.
   */
  int number(Transaction transaction) {
    Snapshot last = world.stamped;
    Snapshot goal = world.goal;
    List<Long> cuts = world.cuts;
    if (goal == null) {
      goal = world.snapshot();
      cuts = cuts(fresh(last, goal), last);
    } else if (variant == Variant.SLICE_BY_A_NEW_SNAPSHOT) {
      goal = world.snapshot();
    }
    if (cuts.isEmpty()) {
      return number(transaction, goal, null, cuts);
    }
    return number(
        transaction, goal.before(cuts.get(0)), goal, List.copyOf(cuts.subList(1, cuts.size())));
  }

  private int number(
      Transaction transaction, Snapshot now, @Nullable Snapshot goal, List<Long> cuts) {
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
          world.goal = goal;
          world.cuts = cuts;
          if (goal != null) {
            witness.sliced();
          }
        });
    return fresh.size();
  }

  /**
   * {@code cuts}: before which transactions a round may be cut, one for each slice that is full.
   */
  private List<Long> cuts(List<Row> fresh, Snapshot last) {
    List<Row> byTransaction = fresh.stream().sorted(BY_TRANSACTION).toList();
    List<Long> cuts = new ArrayList<>();
    int slice = 0;
    for (int below = sliceLength; below < byTransaction.size(); below++) {
      long transaction = byTransaction.get(below).transaction();
      boolean isBetween = byTransaction.get(below - 1).transaction() < transaction;
      if (isBetween
          && transaction >= last.xmax()
          && below / sliceLength > slice
          && agrees(byTransaction, below)) {
        cuts.add(transaction);
        slice = below / sliceLength;
      }
    }
    return cuts;
  }

  /** Whether all events below that one have lower ids than all others. */
  private boolean agrees(List<Row> rows, int below) {
    long highest = rows.subList(0, below).stream().mapToLong(Row::id).max().orElseThrow();
    return variant == Variant.CUT_ANYWHERE
        || rows.stream().skip(below).allMatch(row -> row.id() > highest);
  }

  private List<Row> fresh(Snapshot last, Snapshot now) {
    Predicate<Row> isVisible = row -> world.isVisible(row.transaction(), now);
    return switch (variant) {
      case STAMP_BY_ID -> rows(isVisible.and(row -> row.id() > world.lastStampedId), BY_ID);
      case STAMP_BY_TRANSACTION ->
          rows(
              isVisible.and(
                  row ->
                      row.transaction() > world.lastStampedTransaction
                          && row.transaction() < now.xmin()),
              BY_TRANSACTION);
      case STAMP_WITHOUT_RUNNING ->
          rows(isVisible.and(row -> row.transaction() >= last.xmax()), BY_ID);
      default -> {
        Set<Long> ranThen = last.running();
        yield rows(
            isVisible.and(
                row -> row.transaction() >= last.xmax() || ranThen.contains(row.transaction())),
            BY_ID);
      }
    };
  }

  private List<Row> rows(Predicate<Row> which, Comparator<Row> order) {
    return world.outbox.stream().filter(which).sorted(order).toList();
  }
}
