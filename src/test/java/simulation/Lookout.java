package simulation;

import java.util.List;

/**
 * Looks for the workers of its process, as {@code commondata.subscription.Lookout}: at the end of
 * its rest, or when its bell rings. Rings are hints, and some are lost.
 */
final class Lookout extends Actor {

  private static final int REST = 20;
  private static final int REST_WHEN_IDLE = 120;

  private final Variant variant;
  private final Sequencer sequencer;
  private final Crew crew;
  private final List<Lookout> all;
  private boolean rung;
  private long restUntil;

  /**
   * @param all those of every process, this one included
   */
  Lookout(
      String name,
      World world,
      Plan plan,
      List<String> chain,
      Variant variant,
      Witness witness,
      Crew crew,
      List<Lookout> all) {
    super(name, world, plan, chain);
    this.variant = variant;
    this.sequencer = new Sequencer(world, plan, variant, witness);
    this.crew = crew;
    this.all = all;
  }

  /** Says that something was committed, or stamped; this may get lost. */
  void hint() {
    if (!plan.hintIsLost()) {
      rung = true;
    }
  }

  @Override
  void die() {
    rung = false;
    restUntil = 0;
    crew.end();
  }

  @Override
  void begin() {
    boolean rests = world.now < restUntil || variant == Variant.HINTS_ARE_THE_TRUTH;
    if (plan.isBlind() || (rests && !rung)) {
      return;
    }
    rung = false;
    Transaction transaction = transaction();
    if (!transaction.lock("sequencer")) {
      transaction.rollback();
      wake(0);
      return;
    }
    next(
        () -> {
          int stamped = sequencer.number(transaction);
          again(() -> commit(() -> wake(stamped), () -> restUntil = world.now + REST));
        });
  }

  private void wake(int stamped) {
    int waiting = 0;
    if (stamped > 0 || variant != Variant.WAKES_FOR_ITS_OWN_STAMPS) {
      for (Part part : world.parts) {
        boolean isOpen = part.pausedUntil <= world.now;
        waiting += (part.waits() && isOpen) || part.hasDue(world.now) ? 1 : 0;
      }
    }
    crew.wakeFor(waiting);
    restUntil = world.now + (waiting > 0 ? REST : REST_WHEN_IDLE);
    if (stamped > 0) {
      rung |= world.goal != null;
      all.stream().filter(other -> other != this).forEach(Lookout::hint);
    }
  }
}
