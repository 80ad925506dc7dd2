package simulation;

import java.util.ArrayList;
import java.util.List;

/**
 * A worker: the poll of {@code commondata.subscription.Poller}, step by step, on the functions of
 * the database, step by step. It polls while it finds work, and then when it is woken; the first of
 * a process also polls now and then by itself.
 */
final class Node extends Actor {

  private static final int SLOW_TICK = 2_500;

  final Variant variant;
  final Witness witness;
  final Parking parking;
  final Marks marks;
  private final Sequencer sequencer;
  private final Retry retry;
  private final Crew crew;
  private final boolean isFirst;
  private boolean worked;
  private long polledAt;

  Node(
      String name,
      World world,
      Plan plan,
      List<String> chain,
      Variant variant,
      Witness witness,
      Crew crew,
      boolean isFirst) {
    super(name, world, plan, chain);
    this.variant = variant;
    this.witness = witness;
    this.crew = crew;
    this.isFirst = isFirst;
    this.sequencer = new Sequencer(world, plan, variant, witness);
    this.parking = new Parking(world, plan, variant, witness);
    this.marks = new Marks(this);
    this.retry = new Retry(this);
  }

  /** Events of one part and the bounds between which they are all there is. */
  private record Batch(Part part, int end, List<Row> rows) {}

  @Override
  void begin() {
    crew.ends(this);
    boolean byItself =
        isFirst
            && variant != Variant.WORKERS_TRUST_THE_LOOKOUT
            && world.now >= polledAt + SLOW_TICK;
    if (!worked && !byItself && !crew.hears()) {
      return;
    }
    worked = false;
    polledAt = world.now;
    crew.begins(this);
    next(marks::withdrawAfterOutage);
    if (byItself) {
      next(this::stamp);
    }
    next(retry::begin);
    next(() -> claim(world.parts, plan.batchSizeMax, () -> {}));
  }

  @Override
  void die() {
    worked = false;
    polledAt = 0;
    parking.forget();
    marks.die();
  }

  /** There was something: the next poll begins at once. */
  void worked() {
    worked = true;
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
          again(() -> commit(this::stampMore, () -> {}));
        });
  }

  private void stampMore() {
    if (world.goal != null) {
      again(this::stamp);
    }
  }

  /** {@code next_batch}: locks a part that has something and returns its next events. */
  private void claim(List<Part> parts, int limit, Runnable then) {
    List<Part> waiting = parts.stream().filter(this::isOpen).toList();
    if (waiting.isEmpty()) {
      return;
    }
    Part part = waiting.get(plan.random.nextInt(waiting.size()));
    Transaction transaction = transaction();
    if (!lease(transaction, part)) {
      transaction.rollback();
      return;
    }
    worked();
    int size = part.pausedUntil > 0 ? 1 : limit;
    int end = Math.min(part.positions.size(), part.cursor + size);
    int delayed = firstDelayed(part, end);
    if (delayed == part.cursor) {
      transaction.write(() -> parkDelayed(part, delayed));
      next(() -> commit(() -> {}, marks::outageSeen));
      return;
    }
    Batch batch = batch(part, Math.min(end, delayed));
    if (plan.isOut()) {
      meetOutage();
    } else if (!batch.rows.isEmpty() && !marks.isMarked(part)) {
      transaction.rollback();
      next(() -> marks.mark(part, batch.rows.size(), 0, crashes -> go(part, crashes)));
    } else {
      next(() -> handle(transaction, batch, 0, then));
    }
  }

  private boolean isOpen(Part part) {
    boolean isPaused =
        part.pausedUntil > world.now
            || (part.pausedUntil > 0 && variant == Variant.PAUSED_FOR_EVER);
    return part.waits() && !isPaused;
  }

  private Batch batch(Part part, int end) {
    List<Row> rows = new ArrayList<>(part.positions.subList(part.cursor, end));
    if (variant != Variant.FOLLOWERS_PASS) {
      rows.removeIf(part::isParked);
    }
    return new Batch(part, end, rows);
  }

  /** {@code pass_delayed}: position of the first event that is not due yet, or the end. */
  private int firstDelayed(Part part, int end) {
    for (int position = part.cursor; position < end; position++) {
      Row row = part.positions.get(position);
      if (row.dueAt() > world.now && !part.isParked(row)) {
        return position;
      }
    }
    return end == part.cursor ? end + 1 : end;
  }

  private void parkDelayed(Part part, int position) {
    Row row = part.positions.get(position);
    Part.Parked key = new Part.Parked();
    key.chain.put(position, row);
    key.dueAt = row.dueAt();
    part.advance(position + 1, List.of(row));
    boolean aside = variant == Variant.DELAYED_STEPS_ASIDE;
    part.parked.put(aside ? row.key() + " aside " + row.id() : row.key(), key);
  }

  /** Marked: on at once, or one by one where others have ended. */
  private void go(Part part, int crashes) {
    if (crashes == 0) {
      next(() -> claim(List.of(part), plan.batchSizeMax, () -> {}));
    } else {
      note("goes carefully");
      carefully(part, crashes, plan.batchSizeMax);
    }
  }

  private void carefully(Part part, int crashes, int left) {
    if (left > 0) {
      next(
          () ->
              marks.mark(
                  part,
                  1,
                  crashes,
                  known ->
                      next(
                          () ->
                              claim(List.of(part), 1, () -> carefully(part, crashes, left - 1)))));
    }
  }

  boolean lease(Transaction transaction, Part part) {
    if (transaction.lock(part.lease())) {
      return true;
    }
    if (variant == Variant.LEASE_WITHOUT_FENCE && plan.random.nextInt(8) == 0) {
      world.steal(part.lease(), transaction);
      return transaction.lock(part.lease());
    }
    return false;
  }

  /** The database can't be used for a moment: whoever meets it goes on later, and says so. */
  void meetOutage() {
    giveUp();
    marks.outageSeen();
  }

  Plan.Handling handle(Row row) {
    return plan.handle(row, world.now);
  }

  private void handle(Transaction transaction, Batch batch, int from, Runnable then) {
    if (from == batch.rows.size()) {
      finish(transaction, batch, then);
      return;
    }
    Row row = batch.rows.get(from);
    if (plan.crashes()) {
      crash("in its handler");
      return;
    }
    if (plan.isOut()) {
      note("meets an outage at " + row.numbered());
      meetOutage();
      return;
    }
    Plan.Handling handling = handle(row);
    switch (handling) {
      case WORKS -> again(() -> handle(transaction, batch, from + 1, then));
      case KILLS -> {
        witness.killed(row);
        crash("of " + row.numbered());
      }
      default -> {
        note("fails on " + row.numbered());
        giveUp();
        if (batch.rows.size() == 1) {
          next(() -> park(batch.part, row, handling));
        } else {
          next(() -> oneByOne(batch.part, batch.rows.size()));
        }
      }
    }
  }

  /** Finds the culprit of a failed batch. */
  private void oneByOne(Part part, int left) {
    if (left > 0) {
      claim(List.of(part), 1, () -> next(() -> oneByOne(part, left - 1)));
    }
  }

  private void finish(Transaction transaction, Batch batch, Runnable then) {
    Runnable effects = () -> batch.rows.forEach(witness::effect);
    Runnable advance = () -> batch.part.advance(batch.end, batch.rows);
    transaction.write(effects);
    if (variant == Variant.CURSOR_IN_SECOND_TRANSACTION) {
      again(() -> commit(() -> next(() -> second(advance, then)), marks::outageSeen));
      return;
    }
    transaction.write(advance);
    again(() -> commit(then, () -> afterUnknown(effects, advance)));
  }

  private void second(Runnable advance, Runnable then) {
    Transaction transaction = transaction();
    transaction.write(advance);
    next(() -> commit(then, marks::outageSeen));
  }

  private void afterUnknown(Runnable effects, Runnable advance) {
    marks.outageSeen();
    if (variant == Variant.BLIND_RETRY) {
      Transaction transaction = transaction();
      transaction.write(effects);
      transaction.write(advance);
      next(() -> commit(() -> {}, () -> {}));
    }
  }

  private void park(Part part, Row row, Plan.Handling cause) {
    Transaction transaction = transaction();
    if (!transaction.lock(part.lease())) {
      transaction.rollback();
      again(() -> park(part, row, cause));
      return;
    }
    transaction.write(() -> parking.park(part, part.positions.indexOf(row), cause));
    next(() -> commit(() -> {}, marks::outageSeen));
  }
}
