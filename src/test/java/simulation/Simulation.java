package simulation;

import commondata.fault.DeliveryCheck;
import commondata.fault.DeliveryCheck.Numbered;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One run: three producers, three nodes and an operator on one database, step by step in an order
 * that the seed decides; then no more faults until everything is quiet. The same seed is the same
 * run, to the last step.
 */
final class Simulation {

  private static final int NODES = 3;
  private static final int PRODUCERS = 3;
  private static final int TRANSACTIONS = 6;
  private static final int STEPS = 600;
  private static final int STEPS_TO_QUIET = 8_000;

  private final Plan plan;
  private final World world = new World();
  private final List<String> chain = new ArrayList<>();
  private final List<Producer> producers = new ArrayList<>();
  private final List<Actor> actors = new ArrayList<>();
  private final Operator operator;

  private Simulation(long seed, Variant variant) {
    plan = new Plan(seed);
    for (int i = 0; i < PRODUCERS; i++) {
      producers.add(new Producer("producer-" + i, world, plan, chain, TRANSACTIONS));
    }
    actors.addAll(producers);
    for (int i = 0; i < NODES; i++) {
      actors.add(new Node("node-" + i, world, plan, chain, variant));
    }
    operator = new Operator(world, plan, chain);
    actors.add(operator);
  }

  /**
   * What a run came to.
   *
   * @param complaints what must not be, empty if all is well
   * @param chain what happened, in order
   */
  record Result(List<String> complaints, List<String> chain, int published, int failures) {}

  static Result run(long seed, Variant variant) {
    Simulation simulation = new Simulation(seed, variant);
    simulation.run();
    return simulation.result();
  }

  private void run() {
    for (int step = 0; step < STEPS; step++) {
      stepSomebody();
    }
    plan.heal();
    operator.mend();
    for (int step = 0; step < STEPS_TO_QUIET && !isQuiet(); step++) {
      stepSomebody();
    }
  }

  private void stepSomebody() {
    world.now++;
    Actor actor = actors.get(plan.random.nextInt(actors.size()));
    if (actor.isAwake()) {
      actor.step();
    }
  }

  private boolean isQuiet() {
    return producers.stream().allMatch(Producer::isDone)
        && world.isQuiet()
        && positioned() == world.published().size()
        && (!plan.holdsDeadKeys || world.dead.isEmpty());
  }

  private int positioned() {
    return world.positions.stream().mapToInt(List::size).sum();
  }

  private Result result() {
    List<Numbered> published = world.published();
    List<Numbered> expected = new ArrayList<>(published);
    expected.removeAll(world.dead.keySet());
    List<String> complaints =
        new ArrayList<>(DeliveryCheck.complaints(expected, List.copyOf(world.effects)));
    if (!isQuiet()) {
      complaints.add("stuck: " + world);
    }
    checkPositions(published, complaints);
    world.countedFailures.forEach(
        (event, failures) -> {
          if (failures > plan.attemptsMax) {
            complaints.add("tried too often: " + event);
          }
        });
    return new Result(
        complaints, List.copyOf(chain), published.size(), world.countedFailures.size());
  }

  private void checkPositions(List<Numbered> published, List<String> complaints) {
    Set<Numbered> seen = new HashSet<>();
    for (List<World.Row> part : world.positions) {
      for (World.Row row : part) {
        if (!seen.add(row.numbered())) {
          complaints.add("two positions: " + row.numbered());
        }
      }
    }
    if (!seen.equals(new HashSet<>(published))) {
      complaints.add("positions are not those of what was committed");
    }
  }
}
