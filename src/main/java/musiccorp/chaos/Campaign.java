package musiccorp.chaos;

import commondata.database.Database;
import commondata.fault.FaultPoint;
import commondata.home.Home;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A run: first a node is ended at each fault point once; then rounds of random faults, each from a
 * seed of its own, until the time is up. After each of these everything is healed, drained and
 * checked. What is about to happen is said before it happens.
 */
final class Campaign {

  private static final String LOADED =
      """
      SELECT count(*)
      FROM commondata.file AS f
      WHERE f.state = 'LOADED'
      """;

  private static final long LOOK_NANOS = 20_000_000;

  private final Wanted wanted;
  private final Home home;
  private final Consumer<String> say;
  private final List<String> complaints = new ArrayList<>();
  private final Set<String> halted = new TreeSet<>();
  private final CompletableFuture<Rig> made = new CompletableFuture<>();
  private volatile @Nullable Workload clients;

  /**
   * What to do.
   *
   * @param points labels of the points at which a node is to be ended
   * @param plans rounds that are done in any case
   * @param everyFault whether each fault must have been planned
   * @param goOnNanos how long to begin further rounds after the points
   * @param patienceSeconds how long a point may stay unreached, and a drain without progress
   */
  record Wanted(
      long seed,
      Set<String> points,
      List<Plan> plans,
      boolean everyFault,
      long goOnNanos,
      long patienceSeconds,
      Sabotage sabotage) {}

  Campaign(Wanted wanted, Home home, Consumer<String> say) {
    this.wanted = wanted;
    this.home = home;
    this.say = say;
  }

  /** Points that real nodes come to in a run; slices and cuts need larger files than it drops. */
  static Set<String> allPoints() {
    Set<String> labels = new LinkedHashSet<>();
    for (FaultPoint point : FaultPoint.values()) {
      if (!point.label().startsWith("slice.") && !point.label().startsWith("events.")) {
        labels.add(point.label());
      }
    }
    return labels;
  }

  Report run() throws IOException, SQLException, InterruptedException {
    long began = System.nanoTime();
    say.accept("seed %d, home %s".formatted(wanted.seed, home));
    try (Rig rig = make();
        Database clients = rig.throughNetwork();
        Workload workload = new Workload(wanted.seed, clients, home.drop())) {
      this.clients = workload;
      rig.allProcesses();
      workload.dropMasterData();
      awaitMasterData(rig);
      Injector injector = new Injector(rig, workload);
      Verdict.Population population = new Verdict.Population(0, 0, 0, 0, 0);
      if (!wanted.points.isEmpty()) {
        population = points(rig, workload);
      }
      int rounds = 0;
      long end = System.nanoTime() + wanted.goOnNanos;
      Deque<Plan> plans = new ArrayDeque<>(wanted.plans);
      while (complaints.isEmpty() && (!plans.isEmpty() || System.nanoTime() < end)) {
        Plan plan =
            plans.isEmpty() ? Plan.of(Plan.seedOf(wanted.seed, rounds)) : plans.removeFirst();
        population = round(plan, rig, workload, injector);
        rounds++;
      }
      complaints.addAll(injector.complaints());
      // A run that ended at a complaint has left plans undone: it says nothing of what is in them.
      return report(rig, workload, injector, population, rounds, began)
          .complainingOfFaults(wanted.everyFault && plans.isEmpty());
    }
  }

  private Rig make() throws IOException, SQLException {
    try {
      Rig rig = Rig.make(home, wanted.sabotage);
      made.complete(rig);
      return rig;
    } finally {
      made.cancel(false);
    }
  }

  /**
   * From another thread: ends every process of the run. The run fails of it, if it still goes on.
   */
  void abort() {
    Workload writing = clients;
    if (writing != null) {
      writing.close();
    }
    made.handle((rig, failed) -> Optional.ofNullable(rig)).join().ifPresent(Rig::release);
  }

  /** Else three nodes may end while they load it: then it rests, and nothing can be ordered. */
  private void awaitMasterData(Rig rig) throws SQLException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(wanted.patienceSeconds);
    while (rig.server().number(LOADED) < Workload.MASTER_FILES) {
      if (System.nanoTime() > end) {
        complaints.add(
            "customers and items were not loaded in %d s".formatted(wanted.patienceSeconds));
        return;
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** Ends a node at each point, three nodes at a time; each is started again with the next. */
  private Verdict.Population points(Rig rig, Workload workload)
      throws IOException, SQLException, InterruptedException {
    Deque<String> queue = new ArrayDeque<>(wanted.points);
    say.accept("%d points, at each of which a node ends".formatted(wanted.points.size()));
    workload.start();
    List<Armed> armed = new ArrayList<>();
    for (int place = 0; place < Rig.NODES && !queue.isEmpty(); place++) {
      rig.node(place).kill();
      armed.add(arm(rig, place, queue.removeFirst()));
    }
    while (!armed.isEmpty()) {
      LockSupport.parkNanos(LOOK_NANOS);
      for (Armed one : List.copyOf(armed)) {
        if (isOver(one)) {
          armed.remove(one);
          if (queue.isEmpty()) {
            rig.startNode(one.place, "");
          } else {
            armed.add(arm(rig, one.place, queue.removeFirst()));
          }
        }
      }
    }
    workload.stop();
    return verdict(rig, workload);
  }

  private record Armed(int place, String point, NodeProcess node, long end) {}

  private Armed arm(Rig rig, int place, String point) throws IOException {
    say.accept("  n%d ends at %s".formatted(place + 1, point));
    return new Armed(
        place,
        point,
        rig.startNode(place, point),
        System.nanoTime() + TimeUnit.SECONDS.toNanos(wanted.patienceSeconds));
  }

  private boolean isOver(Armed armed) throws InterruptedException {
    if (armed.node.exitCode() == NodeProcess.HALTED) {
      halted.add(armed.point);
      return true;
    }
    if (!armed.node.isAlive()) {
      complaints.add(
          "node %s ended by itself, with exit code %d, before it came to %s"
              .formatted(armed.node.name(), armed.node.exitCode(), armed.point));
      return true;
    }
    if (System.nanoTime() > armed.end) {
      complaints.add(
          "%s was not reached in %d s: this fault never fired"
              .formatted(armed.point, wanted.patienceSeconds));
      armed.node.kill();
      return true;
    }
    return false;
  }

  private Verdict.Population round(Plan plan, Rig rig, Workload workload, Injector injector)
      throws IOException, SQLException, InterruptedException {
    say.accept("round of seed %d".formatted(plan.seed()));
    plan.acts().forEach(act -> say.accept("  " + act));
    workload.start();
    injector.run(plan);
    rig.proxy().heal();
    workload.stop();
    return verdict(rig, workload);
  }

  private Verdict.Population verdict(Rig rig, Workload workload)
      throws IOException, SQLException, InterruptedException {
    rig.allProcesses();
    Verdict verdict = new Verdict(rig, workload, wanted.patienceSeconds);
    Verdict.Population population = verdict.reach();
    complaints.addAll(verdict.complaints());
    if (!population.isEnough()) {
      complaints.add("too little was looked at: " + population);
    }
    say.accept("  healed, drained and checked: " + population);
    return population;
  }

  private Report report(
      Rig rig,
      Workload workload,
      Injector injector,
      Verdict.Population population,
      int rounds,
      long began) {
    List<Report.PointHits> points = new ArrayList<>();
    for (FaultPoint point : FaultPoint.values()) {
      String label = point.label();
      points.add(
          new Report.PointHits(label, rig.hits().getOrDefault(label, 0L), halted.contains(label)));
    }
    List<Report.FaultHits> faults = new ArrayList<>();
    for (Fault fault : Fault.values()) {
      int planned = injector.planned().getOrDefault(fault, 0);
      int fired = injector.fired().getOrDefault(fault, 0);
      faults.add(new Report.FaultHits(fault.label(), planned, fired));
    }
    return new Report(
        wanted.seed,
        rounds,
        (System.nanoTime() - began) / 1e9,
        points,
        faults,
        Report.Acks.of(workload.events),
        Report.Acks.of(workload.orders),
        population.effects(),
        population.entries(),
        population.invariants(),
        complaints);
  }
}
