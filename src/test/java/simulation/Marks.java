package simulation;

import java.util.HashSet;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * What a worker writes down before it works, as {@code commondata.subscription.Marks} and {@code
 * mark_work}: it finds the event that kills whoever reads it.
 */
final class Marks {

  /** A mark so young may be of somebody who is about to take the lock. */
  static final int YOUNG = 60;

  private static final int CRASHES_OF_A_KILLER = 2;

  private final Node node;
  private final World world;
  private final Set<Integer> marked = new HashSet<>();
  private boolean outageSeen;
  private int life;

  Marks(Node node) {
    this.node = node;
    this.world = node.world;
  }

  /** Another one after each start. */
  String worker() {
    return node.name + "/" + life;
  }

  void die() {
    life++;
    marked.clear();
    outageSeen = false;
  }

  boolean isMarked(Part part) {
    return marked.contains(part.number);
  }

  void outageSeen() {
    outageSeen = true;
  }

  /** Says that this worker begins; then how many have ended there, unless one event is to blame. */
  void mark(Part part, int events, int crashes, IntConsumer then) {
    Transaction transaction = node.transaction();
    if (!transaction.lock(part.lease())) {
      transaction.rollback();
      return;
    }
    String me = worker();
    int known = crashes;
    boolean alone = false;
    for (var mark : part.marks.entrySet()) {
      Part.Mark other = mark.getValue();
      if (!mark.getKey().equals(me) && isEvidence(part, other) && isOld(other)) {
        known = Math.max(known, other.crashes() + 1);
        alone |= other.events() == 1;
      }
    }
    marked.add(part.number);
    if (node.variant == Variant.MARKS_WITH_THE_WORK) {
      transaction.rollback();
      then.accept(0);
    } else if (alone && known >= CRASHES_OF_A_KILLER && part.next() < part.positions.size()) {
      int doomed = part.next();
      node.note("blames " + part.positions.get(doomed).numbered());
      node.witness.blamed(part.positions.get(doomed));
      transaction.write(() -> node.parking.park(part, doomed, Plan.Handling.FAILS));
      node.next(() -> node.commit(() -> {}, this::outageSeen));
    } else {
      Part.Mark mine = new Part.Mark(part.cursor, events, known, world.now);
      int ended = known;
      transaction.write(
          () -> {
            part.marks.values().removeIf(other -> !isEvidence(part, other));
            part.marks.put(me, mine);
          });
      node.next(() -> node.commit(() -> then.accept(ended), this::outageSeen));
    }
  }

  private boolean isEvidence(Part part, Part.Mark mark) {
    return mark.cursor() == part.cursor || node.variant == Variant.MARKS_FOR_EVER;
  }

  private boolean isOld(Part.Mark mark) {
    return mark.at() < world.now - YOUNG;
  }

  /** This worker has survived an outage: its marks must not be taken for a crash. */
  void withdrawAfterOutage() {
    if (!outageSeen) {
      return;
    }
    String me = worker();
    Transaction transaction = node.transaction();
    transaction.write(
        () -> {
          for (Part part : world.parts) {
            part.marks.remove(me);
            part.parked.values().stream()
                .filter(key -> me.equals(key.triedBy))
                .forEach(key -> key.triedBy = null);
          }
        });
    marked.clear();
    outageSeen = false;
    node.again(() -> node.commit(() -> {}, this::outageSeen));
  }
}
