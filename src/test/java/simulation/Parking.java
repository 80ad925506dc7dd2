package simulation;

import commondata.fault.DeliveryCheck.Numbered;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the database does about a failure, in the caller's transaction: {@code park}, {@code
 * fail_parked}, {@code count_failure}, {@code pause_part}, {@code next_in_chain}.
 */
final class Parking {

  /** Three keys that fail within this time for a cause that may pass are an outage. */
  private static final int SOON = 100;

  private static final int KEYS_OF_AN_OUTAGE = 3;

  private final World world;
  private final Plan plan;
  private final Variant variant;
  private final Witness witness;
  private final Map<Numbered, Integer> remembered = new HashMap<>();

  Parking(World world, Plan plan, Variant variant, Witness witness) {
    this.world = world;
    this.plan = plan;
    this.variant = variant;
    this.witness = witness;
  }

  /** What only the process knew is gone. */
  void forget() {
    remembered.clear();
  }

  /** The next event has failed: its key waits, the cursor moves past it, others flow on. */
  void park(Part part, int position, Plan.Handling cause) {
    if (part.next() != position) {
      return;
    }
    Row row = part.positions.get(position);
    if (pauses(part, row, cause)) {
      pause(part);
      part.marks.clear();
      return;
    }
    part.advance(position + 1, List.of(row));
    Part.Parked key = new Part.Parked();
    key.chain.put(position, row);
    part.parked.put(row.key(), key);
    count(part, row, key, cause);
  }

  /** The head of a parked key has failed once more. */
  void failParked(Part part, Row head, Plan.Handling cause) {
    Part.Parked key = part.parked.get(head.key());
    if (key == null || key.chain.isEmpty() || !key.chain.firstEntry().getValue().equals(head)) {
      return;
    }
    if (pauses(part, head, cause)) {
      pause(part);
      key.triedBy = null;
      key.dueAt = part.pausedUntil;
    } else {
      count(part, head, key, cause);
    }
  }

  private boolean pauses(Part part, Row row, Plan.Handling cause) {
    if (variant == Variant.OUTAGE_COUNTS) {
      return false;
    }
    return cause == Plan.Handling.UNAVAILABLE
        || (cause == Plan.Handling.TRANSIENT && (part.pausedUntil > 0 || isOutage(row)));
  }

  private boolean isOutage(Row row) {
    long others =
        world.parts.stream()
            .flatMap(part -> part.parked.entrySet().stream())
            .filter(key -> !key.getKey().equals(row.key()) && failedNow(key.getValue()))
            .count();
    return others >= KEYS_OF_AN_OUTAGE - 1;
  }

  private boolean failedNow(Part.Parked key) {
    return key.isTransient && key.failedAt > world.now - SOON;
  }

  private void pause(Part part) {
    part.pausedUntil = world.now + (10L << Math.min(part.pauses++, 5));
    for (Part.Parked key : part.parked.values()) {
      if (failedNow(key)) {
        key.attempts = Math.max(0, key.attempts - 1);
        key.failedAt = 0;
        key.isTransient = false;
        key.triedBy = null;
        key.dueAt = Math.max(key.dueAt, part.pausedUntil);
        if (!key.chain.isEmpty()) {
          witness.uncounted(key.chain.firstEntry().getValue());
        }
      }
    }
  }

  /** It waits longer, or is dead. */
  private void count(Part part, Row row, Part.Parked key, Plan.Handling cause) {
    witness.counted(row);
    int attempts =
        variant == Variant.ATTEMPTS_IN_MEMORY
            ? remembered.merge(row.numbered(), 1, Integer::sum)
            : ++key.attempts;
    key.isTransient = cause == Plan.Handling.TRANSIENT;
    key.failedAt = world.now;
    key.triedBy = null;
    key.crashes = 0;
    key.dueAt = world.now + (10L << Math.min(attempts, 6));
    if (attempts < plan.attemptsMax) {
      return;
    }
    witness.dead(row);
    key.chain.remove(key.chain.firstKey());
    world.dead.put(row.numbered(), row);
    if (plan.holdsDeadKeys) {
      key.held = true;
    } else {
      nextInChain(part, row.key(), key);
    }
  }

  void nextInChain(Part part, String name, Part.Parked key) {
    if (key.chain.isEmpty()) {
      part.parked.remove(name);
      return;
    }
    long due = key.chain.firstEntry().getValue().dueAt();
    key.attempts = 0;
    key.held = false;
    key.triedBy = null;
    key.crashes = 0;
    key.dueAt =
        variant == Variant.DELAYED_IS_DUE_IN_ITS_CHAIN ? world.now : Math.max(world.now, due);
  }
}
