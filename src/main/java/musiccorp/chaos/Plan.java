package musiccorp.chaos;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * What one round does, and when: all of it decided by the seed before the round begins. A round has
 * a random subset of the faults (all at once would hide each other), each once or more.
 */
record Plan(long seed, List<Act> acts) {

  static final long ROUND_MS = 8_000;

  /** So many rounds have each fault once between them; a run of a minute has time for them. */
  static final int DEALT_ROUNDS = 3;

  private static final long FIRST_MS = 300;
  private static final int KINDS_MIN = 2;
  private static final int KINDS_MAX = 5;

  /**
   * One act.
   *
   * @param at milliseconds after the round's begin
   * @param lasts milliseconds, for what is healed again
   * @param which a number that chooses among nodes or sessions
   */
  record Act(long at, Fault fault, long lasts, int which) {

    @Override
    public String toString() {
      return "%5d ms  %s (%d, %d ms)".formatted(at, fault.label(), which, lasts);
    }
  }

  Plan {
    acts = List.copyOf(acts);
  }

  /** The rounds by which a run begins that is to have each fault once, dealt by its seed. */
  static List<Plan> dealt(long runSeed) {
    List<Fault> kinds = shuffled(random(runSeed));
    List<Plan> rounds = new ArrayList<>();
    for (int round = 0; round < DEALT_ROUNDS; round++) {
      Set<Fault> hand = EnumSet.noneOf(Fault.class);
      for (int i = round; i < kinds.size(); i += DEALT_ROUNDS) {
        hand.add(kinds.get(i));
      }
      rounds.add(of(seedOf(runSeed, round), hand));
    }
    return rounds;
  }

  /** The seed of a round of a run. */
  static long seedOf(long runSeed, int round) {
    return runSeed * 1_000 + round;
  }

  /** The round of that seed. */
  static Plan of(long seed) {
    Random random = random(seed);
    List<Fault> kinds = shuffled(random);
    int count = KINDS_MIN + random.nextInt(KINDS_MAX - KINDS_MIN + 1);
    return of(seed, random, EnumSet.copyOf(kinds.subList(0, count)));
  }

  private static Random random(long seed) {
    return new Random(seed * 0x9E3779B97F4A7C15L);
  }

  private static List<Fault> shuffled(Random random) {
    List<Fault> kinds = new ArrayList<>(EnumSet.allOf(Fault.class));
    Collections.shuffle(kinds, random);
    return kinds;
  }

  /** A round of that seed with exactly these faults. */
  static Plan of(long seed, Set<Fault> faults) {
    return of(seed, random(seed), faults);
  }

  private static Plan of(long seed, Random random, Set<Fault> faults) {
    List<Act> acts = new ArrayList<>();
    for (Fault fault : faults) {
      int times = fault == Fault.NODE_KILLED ? 3 : 1;
      for (int i = 0; i < times; i++) {
        long at = FIRST_MS + random.nextInt((int) (ROUND_MS - 2 * FIRST_MS));
        acts.add(new Act(at, fault, lasts(fault, random), random.nextInt(1_000)));
      }
    }
    acts.sort(Comparator.comparingLong(Act::at));
    return new Plan(seed, acts);
  }

  private static long lasts(Fault fault, Random random) {
    return switch (fault) {
      case NODE_FROZEN -> Rig.LEASE_MS * 2 + random.nextInt(1_000);
      case NETWORK_DEAD, ANSWERS_LOST, NETWORK_SLOW, WRITER_OPEN -> 500 + random.nextInt(2_500);
      default -> 0;
    };
  }
}
