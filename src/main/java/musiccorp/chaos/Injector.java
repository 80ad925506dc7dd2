package musiccorp.chaos;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Does what a plan says, at its time, and counts what really happened. */
final class Injector {

  private static final long STOP_SECONDS = 10;
  private static final long MEET_MS = 30_000;
  private static final long LOOK_MS = 50;

  private final Rig rig;
  private final Workload workload;
  private final Map<Fault, Integer> fired = new EnumMap<>(Fault.class);
  private final Map<Fault, Integer> planned = new EnumMap<>(Fault.class);
  private final List<String> complaints = new ArrayList<>();
  private final AtomicInteger lateWriters = new AtomicInteger();
  private final List<Thread> writers = new ArrayList<>();
  private final Set<NodeProcess> frozen = new HashSet<>();

  private interface Doing {
    void run() throws IOException, SQLException, InterruptedException;
  }

  private interface Hit {
    long times() throws IOException, SQLException, InterruptedException;
  }

  private record Event(long at, Doing doing) {}

  Injector(Rig rig, Workload workload) {
    this.rig = rig;
    this.workload = workload;
  }

  Map<Fault, Integer> fired() {
    return fired;
  }

  Map<Fault, Integer> planned() {
    return planned;
  }

  List<String> complaints() {
    return complaints;
  }

  /** One round; returns when every fault is over and healed, and the round's time is up. */
  void run(Plan plan) throws IOException, SQLException, InterruptedException {
    long began = System.nanoTime();
    PriorityQueue<Event> events = new PriorityQueue<>(Comparator.comparingLong(Event::at));
    for (Plan.Act act : plan.acts()) {
      planned.merge(act.fault(), 1, Integer::sum);
      events.add(
          new Event(
              act.at(),
              () ->
                  // From when it truly began: what came before may have taken longer.
                  begin(act)
                      .ifPresent(end -> events.add(new Event(elapsed(began) + act.lasts(), end)))));
    }
    events.add(new Event(Plan.ROUND_MS, () -> {}));
    while (!events.isEmpty()) {
      Event event = events.poll();
      rest(event.at - elapsed(began));
      event.doing.run();
    }
    for (Thread writer : writers) {
      writer.join();
    }
    writers.clear();
  }

  private static long elapsed(long began) {
    return (System.nanoTime() - began) / 1_000_000;
  }

  private void fired(Fault fault, long times) {
    if (times > 0) {
      fired.merge(fault, 1, Integer::sum);
    }
  }

  /** Begins an act; returns what ends it, if it lasts. */
  private Optional<Doing> begin(Plan.Act act)
      throws IOException, SQLException, InterruptedException {
    Fault fault = act.fault();
    switch (fault) {
      case NODE_KILLED -> killNode(act.which());
      case NODE_STOPPED -> stopNode(act.which());
      case CLIENT_KILLED -> untilMet(fault, () -> rig.killClientInBatch() ? 1 : 0);
      case SERVER_KILLED -> fired(fault, rig.server().kill() ? 1 : 0);
      case SESSION_KILLED -> untilMet(fault, () -> rig.server().killSession(act.which()) ? 1 : 0);
      case SESSION_ENDED -> untilMet(fault, rig.server()::endSessions);
      case NETWORK_CUT -> untilMet(fault, rig.proxy()::cut);
      case NETWORK_RESET -> untilMet(fault, rig.proxy()::reset);
      case WRITER_OPEN -> openWriter(act);
      case NODE_FROZEN -> {
        return Optional.of(freeze(act));
      }
      case NETWORK_DEAD -> {
        return Optional.of(network(act, FaultyProxy.Mode.DEAD));
      }
      case ANSWERS_LOST -> {
        return Optional.of(network(act, FaultyProxy.Mode.ANSWERS_LOST));
      }
      case NETWORK_SLOW -> {
        return Optional.of(network(act, FaultyProxy.Mode.SLOW));
      }
    }
    return Optional.empty();
  }

  /** Done until it meets something: right after another fault nobody may be connected. */
  private void untilMet(Fault fault, Hit hit)
      throws IOException, SQLException, InterruptedException {
    long met = hit.times();
    for (long waited = 0; met == 0 && waited < MEET_MS; waited += LOOK_MS) {
      rest(LOOK_MS);
      met = hit.times();
    }
    fired(fault, met);
  }

  private void killNode(int which) throws IOException, InterruptedException {
    NodeProcess node = rig.node(which);
    boolean lived = node.isAlive();
    node.kill();
    fired(Fault.NODE_KILLED, lived ? 1 : 0);
    rig.startNode(rig.placeOf(node), "");
  }

  /** One that stands still can't be told to end. */
  private NodeProcess moving(int which) {
    NodeProcess node = rig.node(which);
    return frozen.contains(node) ? rig.node(which + 1) : node;
  }

  private void stopNode(int which) throws IOException, InterruptedException {
    NodeProcess node = moving(which);
    boolean lived = node.isAlive();
    if (!node.stop(STOP_SECONDS)) {
      complaints.add(
          "node %s was told to end and was still there after %d seconds"
              .formatted(node.name(), STOP_SECONDS));
      node.kill();
    }
    fired(Fault.NODE_STOPPED, lived ? 1 : 0);
    rig.startNode(rig.placeOf(node), "");
  }

  private Doing freeze(Plan.Act act) throws IOException, InterruptedException {
    NodeProcess node = rig.node(act.which());
    boolean lived = node.isAlive();
    node.signal("STOP");
    frozen.add(node);
    return () -> {
      fired(Fault.NODE_FROZEN, lived ? 1 : 0);
      node.signal("CONT");
      frozen.remove(node);
    };
  }

  /** Lasts until it has met something: a server or nodes that are just starting say nothing. */
  private Doing network(Plan.Act act, FaultyProxy.Mode mode) {
    rig.proxy().become(mode);
    return () -> {
      for (long waited = 0; !rig.proxy().hasTouched() && waited < MEET_MS; waited += LOOK_MS) {
        rest(LOOK_MS);
      }
      fired(act.fault(), rig.proxy().heal());
    };
  }

  private void openWriter(Plan.Act act) {
    int number = lateWriters.incrementAndGet();
    Thread writer =
        new Thread(
            () ->
                workload.publish(
                    "late-%d".formatted(number),
                    "late-%d".formatted(number),
                    0,
                    () -> {
                      workload.bePatient();
                      fired(Fault.WRITER_OPEN, 1);
                      rest(act.lasts());
                    }),
            "late-writer");
    writers.add(writer);
    writer.start();
  }

  private static void rest(long millis) {
    long end = System.nanoTime() + millis * 1_000_000;
    for (long left = millis * 1_000_000; left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
