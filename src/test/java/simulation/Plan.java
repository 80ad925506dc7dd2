package simulation;

import java.util.Random;
import java.util.SplittableRandom;

/**
 * What one seed decides: which faults there are and how often (a random subset: all at once would
 * hide each other), which events fail, and who goes next.
 */
final class Plan {

  final Random random;
  final boolean holdsDeadKeys;
  final int attemptsMax;
  final int batchSizeMax;
  final int keys;
  private final double crash;
  private final double unknown;
  private final double outage;
  private final double delay;
  private final double poison;
  private boolean calm;

  Plan(long seed) {
    random = new Random(seed);
    holdsDeadKeys = random.nextBoolean();
    attemptsMax = 1 + random.nextInt(4);
    batchSizeMax = 1 + random.nextInt(6);
    keys = 1 + random.nextInt(5);
    crash = some(0.08);
    unknown = some(0.08);
    outage = some(0.05);
    delay = some(0.05);
    poison = some(0.25);
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

  private boolean happens(double chance) {
    return !calm && random.nextDouble() < chance;
  }

  /** How often the handler fails on an event before it works; a mended one always works. */
  int failuresOf(World.Row row) {
    if (calm && holdsDeadKeys) {
      return 0;
    }
    SplittableRandom fate = new SplittableRandom(row.id());
    if (fate.nextDouble() >= poison) {
      return 0;
    }
    return fate.nextBoolean() ? Integer.MAX_VALUE : 1 + fate.nextInt(3);
  }

  String key() {
    return "k" + random.nextInt(keys);
  }
}
