package simulation;

import commondata.fault.DeliveryCheck.Numbered;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One run: three producers, three processes of a lookout and one worker or two, and an operator, on
 * one database, step by step in an order that the seed decides; then no more faults until
 * everything is quiet. The same seed is the same run, to the last step.
 */
final class Simulation {

  static final int PROCESSES = 3;

  private static final int PRODUCERS = 3;
  private static final int TRANSACTIONS = 6;
  private static final int STEPS = 1_500;
  private static final int STEPS_TO_QUIET = 60_000;

  private final Plan plan;
  private final World world = new World();
  private final Witness witness;
  private final List<String> chain = new ArrayList<>();
  private final List<Producer> producers = new ArrayList<>();
  private final List<Lookout> lookouts = new ArrayList<>();
  private final List<Actor> actors = new ArrayList<>();
  private final Operator operator;

  private Simulation(long seed, Variant variant) {
    plan = new Plan(seed);
    witness = new Witness(world, plan);
    for (int i = 0; i < PROCESSES; i++) {
      addProcess("node-" + i, variant);
    }
    for (int i = 0; i < PRODUCERS; i++) {
      Lookout near = lookouts.get(i);
      producers.add(new Producer("producer-" + i, world, plan, chain, TRANSACTIONS, near::hint));
    }
    actors.addAll(producers);
    operator = new Operator(world, plan, chain, variant, witness);
    actors.add(operator);
  }

  private void addProcess(String name, Variant variant) {
    Crew crew = new Crew(plan.workers);
    Lookout lookout =
        new Lookout(name + "-lookout", world, plan, chain, variant, witness, crew, lookouts);
    lookouts.add(lookout);
    List<Actor> process = new ArrayList<>(List.of(lookout));
    for (int i = 0; i < plan.workers; i++) {
      process.add(new Node(name + "-" + i, world, plan, chain, variant, witness, crew, i == 0));
    }
    Actor.inOneProcess(process);
    actors.addAll(process);
  }

  /**
   * What a run came to.
   *
   * @param complaints what must not be, empty if all is well
   * @param chain what happened, in order
   * @param met what there was to go wrong, and how often
   */
  record Result(
      List<String> complaints, List<String> chain, int published, Map<String, Integer> met) {}

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
    return world.parts.stream().mapToInt(part -> part.positions.size()).sum();
  }

  private Result result() {
    List<Numbered> published = world.published();
    List<Numbered> expected = new ArrayList<>(published);
    expected.removeAll(world.dead.keySet());
    List<String> complaints = new ArrayList<>(witness.complaints(expected));
    if (!isQuiet()) {
      complaints.add("stuck: " + world);
    }
    checkPositions(published, complaints);
    return new Result(complaints, List.copyOf(chain), published.size(), witness.met());
  }

  private void checkPositions(List<Numbered> published, List<String> complaints) {
    Set<Numbered> seen = new HashSet<>();
    for (Part part : world.parts) {
      for (Row row : part.positions) {
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
