package simulation;

import commondata.fault.DeliveryCheck;
import commondata.fault.DeliveryCheck.Numbered;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sees what truly happens, beside whatever the algorithm writes down about itself, and complains
 * about what must not be.
 */
final class Witness {

  /**
   * Deaths by one event until it is parked: one of each process that runs without a mark, then two
   * of those that leave one; and once more of each, where a mark is so young that it proves
   * nothing.
   */
  private static final int DEATHS_MAX = 2 * Simulation.PROCESSES + 2;

  /** With lookouts that see, nothing waits for the slow tick of a worker. */
  private static final int LATE = 2_000;

  private final World world;
  private final Plan plan;
  private final List<Numbered> effects = new ArrayList<>();
  private final List<String> complaints = new ArrayList<>();
  private final Map<Numbered, Integer> failures = new HashMap<>();
  private final Map<Death, Integer> deaths = new HashMap<>();
  private final Map<Numbered, Integer> rewound = new HashMap<>();
  private int delayed;
  private int slices;
  private int deathsInAll;
  private int blames;

  /** By an event, while the cursor stood there: as long as others get by, marks begin anew. */
  private record Death(Row row, int cursor) {}

  Witness(World world, Plan plan) {
    this.world = world;
    this.plan = plan;
  }

  /** It was given its position. */
  void stamped(Row row) {
    noLaterThan(world.committedAt(row.transaction()), "a position");
  }

  /** A slice of a round was numbered, and more are to come. */
  void sliced() {
    slices++;
  }

  /** A parked key that was due is tried. */
  void retried(long due) {
    noLaterThan(due, "another try");
  }

  private void noLaterThan(long due, String what) {
    if (world.now > due + LATE && plan.isWatched()) {
      complaints.add("%s came %d steps too late".formatted(what, world.now - due));
    }
  }

  /** An effect was committed. */
  void effect(Row row) {
    if (world.now < row.dueAt()) {
      complaints.add("before its time: " + row);
    }
    if (row.dueAt() > 0) {
      delayed++;
    }
    effects.add(row.numbered());
  }

  /** A rewind said that these come again: whatever they did before does not count any more. */
  void rewinds(List<Row> rows) {
    Set<Numbered> again = new HashSet<>(rows.stream().map(Row::numbered).toList());
    effects.stream().filter(again::contains).forEach(e -> rewound.merge(e, 1, Integer::sum));
    effects.removeIf(again::contains);
    again.forEach(failures::remove);
    deaths.clear();
  }

  /** An attempt of that event was counted. */
  void counted(Row row) {
    if (failures.merge(row.numbered(), 1, Integer::sum) > plan.attemptsMax) {
      complaints.add("tried too often: " + row);
    }
  }

  /** An attempt was given back. */
  void uncounted(Row row) {
    failures.computeIfPresent(row.numbered(), (event, times) -> Math.max(0, times - 1));
  }

  /** An operator lets it begin anew. */
  void replayed(Row row) {
    failures.remove(row.numbered());
  }

  void dead(Row row) {
    if (plan.isBlameless(row)) {
      complaints.add("dead without a fault of its own: " + row);
    }
  }

  /**
   * Marks name an event as the one that kills; for each time, somebody must have died, or have
   * begun when all did.
   */
  void blamed(Row row) {
    if (++blames > deathsInAll + Simulation.PROCESSES && plan.isSteady()) {
      complaints.add("blamed without a death: " + row);
    }
  }

  /** The event has ended a process that read it from the log. */
  void killed(Row row) {
    deathsInAll++;
    if (deaths.merge(new Death(row, world.part(row).cursor), 1, Integer::sum) > DEATHS_MAX
        && plan.marksAreWhole()) {
      complaints.add("kills on and on: " + row);
    }
  }

  /** It has done so once more when it was tried again. */
  void killedAgain() {
    deathsInAll++;
  }

  /** What a run has truly met, by name. */
  Map<String, Integer> met() {
    return Map.of(
        "failures",
        failures.size(),
        "killers",
        deaths.size(),
        "rewound",
        rewound.size(),
        "delayed",
        delayed,
        "slices",
        slices);
  }

  List<String> complaints(List<Numbered> expected) {
    List<String> all = new ArrayList<>(complaints);
    all.addAll(DeliveryCheck.complaints(expected, List.copyOf(effects)));
    return all;
  }
}
