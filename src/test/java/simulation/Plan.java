package simulation;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * What one seed decides: which faults there are and how often (a random subset: all at once would
 * hide each other), which events fail, and who goes next.
 */
final class Plan {

  /** What becomes of an event in its handler. */
  enum Handling {
    WORKS,
    FAILS,
    /** What the handler needs is not there, and it says so. */
    UNAVAILABLE,
    /** What the handler needs is not there, and it looks like any failure that may pass. */
    TRANSIENT,
    /** Ends the process. */
    KILLS
  }

  private static final int SLICE_LENGTH_MAX = 4;
  private static final int OUTAGE_BEGINS = 600;
  private static final int OUTAGE_LASTS = 500;

  final Random random;
  private final long seed;
  final boolean holdsDeadKeys;
  final int attemptsMax;
  final int batchSizeMax;
  final int workers;
  final int keys;
  final int rewinds;
  final int sliceLength;
  private final double crash;
  private final double unknown;
  private final double outage;
  private final double delay;
  private final double poison;
  private final double killer;
  private final double later;
  private final double lostHint;
  private final boolean blind;
  private final Handling surroundings;
  private final long brokenFrom;
  private final long brokenTo;
  private final Map<Long, Integer> tries = new HashMap<>();
  private boolean calm;

  Plan(long seed) {
    random = new Random(seed);
    this.seed = random.nextLong();
    holdsDeadKeys = random.nextBoolean();
    attemptsMax = 1 + random.nextInt(4);
    batchSizeMax = 1 + random.nextInt(6);
    workers = 1 + random.nextInt(2);
    keys = 1 + random.nextInt(8);
    boolean isSteady = random.nextInt(3) == 0;
    crash = isSteady ? 0 : some(0.08);
    unknown = isSteady ? 0 : some(0.08);
    outage = isSteady ? 0 : some(0.05);
    delay = isSteady ? 0 : some(0.05);
    poison = some(0.25);
    killer = some(0.25);
    later = some(0.6);
    lostHint = some(1);
    blind = random.nextInt(8) == 0;
    rewinds = Math.max(0, random.nextInt(6) - 3);
    Handling[] outages = {Handling.WORKS, Handling.UNAVAILABLE, Handling.TRANSIENT};
    surroundings = outages[random.nextInt(outages.length)];
    brokenFrom = random.nextInt(OUTAGE_BEGINS);
    brokenTo = brokenFrom + random.nextInt(OUTAGE_LASTS);
    int length = random.nextInt(1 + SLICE_LENGTH_MAX);
    sliceLength = length == 0 ? Integer.MAX_VALUE : length;
  }

  private double some(double atMost) {
    return random.nextInt(3) == 0 ? 0 : atMost * random.nextDouble();
  }

  /** No more faults: what is left must come to its end. */
  void heal() {
    calm = true;
  }

  boolean crashes() {
    return happens(crash);
  }

  boolean outcomeIsUnknown() {
    return happens(unknown);
  }

  boolean isOut() {
    return happens(outage);
  }

  boolean isDelayed() {
    return happens(delay);
  }

  boolean hintIsLost() {
    return random.nextDouble() < lostHint;
  }

  /** Whether lookouts fail for as long as the run lasts. */
  boolean isBlind() {
    return blind;
  }

  private boolean happens(double chance) {
    return !calm && random.nextDouble() < chance;
  }

  /** When an event that is published now may be handled. */
  long dueAt(long now) {
    return random.nextDouble() < later ? now + 1 + random.nextInt(400) : 0;
  }

  /** What becomes of the event in its handler, now. */
  Handling handle(Row row, long now) {
    if (!calm && now >= brokenFrom && now < brokenTo && surroundings != Handling.WORKS) {
      return surroundings;
    }
    if (calm && holdsDeadKeys) {
      return Handling.WORKS;
    }
    if (isKiller(row)) {
      return Handling.KILLS;
    }
    int failures = failuresOf(row);
    return failures < Integer.MAX_VALUE && tries.merge(row.id(), 1, Integer::sum) > failures
        ? Handling.WORKS
        : Handling.FAILS;
  }

  private boolean isKiller(Row row) {
    return new SplittableRandom(seed - row.id()).nextDouble() < killer;
  }

  /** How often the handler fails on an event before it works. */
  private int failuresOf(Row row) {
    SplittableRandom fate = new SplittableRandom(seed + row.id());
    if (fate.nextDouble() >= poison) {
      return 0;
    }
    return fate.nextBoolean() ? Integer.MAX_VALUE : 1 + fate.nextInt(3);
  }

  /** Whether nobody is held up but by rests. */
  boolean isWatched() {
    return !blind && delay == 0;
  }

  /** Whether nobody ends, stands still or meets an outage but by events that kill. */
  boolean isSteady() {
    return crash == 0 && unknown == 0 && outage == 0 && delay == 0;
  }

  /** Whether marks are left by handlers that died, and nothing takes them away again. */
  boolean marksAreWhole() {
    return isSteady() && surroundings == Handling.WORKS;
  }

  /** Whether nothing in this run excuses that the event is given up. */
  boolean isBlameless(Row row) {
    return isSteady()
        && killer == 0
        && attemptsMax > 1
        && failuresOf(row) == 0
        && surroundings != Handling.TRANSIENT;
  }

  String key() {
    return "k" + random.nextInt(keys);
  }
}
