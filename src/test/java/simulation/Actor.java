package simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Somebody who works in steps; between two of them, anybody else may do theirs. */
abstract class Actor {

  final String name;
  final World world;
  final Plan plan;
  private final List<String> chain;
  private final List<Actor> process = new ArrayList<>(List.of(this));
  private final Deque<Runnable> steps = new ArrayDeque<>();
  private @Nullable Transaction open;
  private @Nullable Transaction orphan;
  private long asleepUntil;

  Actor(String name, World world, Plan plan, List<String> chain) {
    this.name = name;
    this.world = world;
    this.plan = plan;
    this.chain = chain;
  }

  /** Begins what this actor does when nothing is under way. */
  abstract void begin();

  /** Forgets what only the process knew. */
  void die() {}

  /** When one of them crashes, all do. */
  static void inOneProcess(List<? extends Actor> actors) {
    for (Actor actor : actors) {
      actor.process.clear();
      actor.process.addAll(actors);
    }
  }

  final boolean isAwake() {
    return world.now >= asleepUntil;
  }

  final void step() {
    rollbackOrphan();
    if (steps.isEmpty()) {
      begin();
    } else {
      steps.removeFirst().run();
    }
    if (plan.isDelayed()) {
      asleepUntil = Math.max(asleepUntil, world.now + plan.random.nextInt(200));
    }
  }

  /** The server has noticed that the process is gone. */
  private void rollbackOrphan() {
    Transaction left = orphan;
    if (left != null) {
      orphan = null;
      left.rollback();
    }
  }

  final void next(Runnable step) {
    steps.addLast(step);
  }

  /** Does the step again before those that were to follow. */
  final void again(Runnable step) {
    steps.addFirst(step);
  }

  final Transaction transaction() {
    Transaction begun = new Transaction(world);
    open = begun;
    return begun;
  }

  /** Rolls back, and gives up what was under way. */
  final void giveUp() {
    steps.clear();
    if (open != null) {
      open.rollback();
      open = null;
    }
  }

  /** The process ends here; the server rolls back when it notices. */
  final void crash(String where) {
    note("crashes " + where);
    long until = world.now + 1 + plan.random.nextInt(100);
    process.forEach(member -> member.end(until));
  }

  private void end(long until) {
    rollbackOrphan();
    steps.clear();
    orphan = open;
    open = null;
    asleepUntil = until;
    die();
  }

  /** Commits, if the plan lets it; then what follows, if this actor gets to know. */
  final void commit(Runnable known, Runnable unknown) {
    Transaction committing = open;
    if (committing == null) {
      return;
    }
    if (plan.crashes()) {
      crash("before its commit");
    } else if (plan.crashes()) {
      committing.commit();
      crash("after its commit");
    } else if (plan.outcomeIsUnknown()) {
      boolean happened = plan.random.nextBoolean();
      note("loses the answer to a commit that " + (happened ? "happened" : "did not"));
      if (happened) {
        committing.commit();
      }
      giveUp();
      unknown.run();
    } else {
      committing.commit();
      open = null;
      known.run();
    }
  }

  final void note(String what) {
    chain.add(world.now + " " + name + " " + what);
  }
}
