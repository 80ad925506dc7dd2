package commondata.subscription;

import commondata.schedule.Bell;
import commondata.schedule.Pace;
import commondata.schedule.Poll;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks for all subscriptions of a node at once, and wakes the workers of those that have
 * something. An idle node so costs one statement a look, however many subscriptions and parts there
 * are.
 *
 * <p>Each look is one transaction of one statement, {@code commondata.look()}: it stamps what was
 * committed, and compares the cursors with the positions of the types they want. It changes nothing
 * but positions. When it looks: at the end of its rest, which grows from the poll interval to the
 * idle interval while nothing happens; at once when its bell rings. The bell is rung after a commit
 * in this process, and by the {@link StampListener} when another node has stamped. Both are hints:
 * a ring that is lost costs the rest of a rest.
 *
 * <p>What another node has stamped is only looked for: a node that stamped whenever it is told of a
 * stamp would find what was committed since, tell the other of it, and be told again. But once a
 * poll interval a look stamps in any case.
 *
 * <p>Rings that come during a look count as one look. After n rings it rests n - 1 times as long as
 * the look took, at most four times and at most ten milliseconds: a lone event keeps nobody
 * waiting, and under load rounds become larger, not more frequent.
 *
 * <p>A look that comes while another session stamps may miss what was committed after that one took
 * its snapshot: it looks again after a millisecond, and then rests twice as long each time. One
 * that has stamped a slice of a large round looks again at once.
 *
 * <p>A crash, or a look that fails, leaves nothing behind: the first worker of each subscription
 * polls by itself every few seconds, and stamps if nobody here has.
 */
final class Lookout implements Poll {

  static final String NAME = "lookout";

  private static final int RESTS_MAX = 4;
  private static final long REST_NANOS_MAX = 10_000_000;
  private static final long MISSED_NANOS = 1_000_000;
  private static final int MISSED_MAX = 7;

  private final Sequencer sequencer;
  private final String sender;
  private final boolean notify;
  private final List<Crew> crews;
  private final List<String> subscriptions;
  private final Pace pace;
  private final long pollNanos;
  private final AtomicInteger rings = new AtomicInteger();
  private final AtomicInteger toldOf = new AtomicInteger();
  private long restUntil = System.nanoTime();
  private long stampedAt;
  private int missed;

  /**
   * @param sender what notifications of this process bear
   * @param notify whether to tell other nodes of a stamp
   * @param pollInterval rest after a look
   * @param idleInterval rest after many that found nothing
   */
  Lookout(
      Sequencer sequencer,
      String sender,
      boolean notify,
      List<Crew> crews,
      Duration pollInterval,
      Duration idleInterval) {
    this.sequencer = sequencer;
    this.sender = sender;
    this.notify = notify;
    this.crews = List.copyOf(crews);
    this.subscriptions = crews.stream().map(Crew::subscription).toList();
    this.pace = new Pace(new Bell(), pollInterval, pollInterval, idleInterval);
    this.pollNanos = pollInterval.toNanos();
    this.stampedAt = System.nanoTime() - pollNanos;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Optional<Pace> pace() {
    return Optional.of(pace);
  }

  /** Makes it look at once: something was committed here. */
  void ring() {
    rings.incrementAndGet();
    pace.bell().ring();
  }

  /** Makes it look at once: another node has stamped. */
  void tell() {
    toldOf.incrementAndGet();
    pace.bell().ring();
  }

  @Override
  public boolean pollOnce() {
    long start = System.nanoTime();
    if (restUntil - start > 0) {
      LockSupport.parkNanos(restUntil - start);
      start = System.nanoTime();
    }
    int rung = rings.getAndSet(0);
    int told = toldOf.getAndSet(0);
    Sequencer.Look look;
    if (rung == 0 && told > 0 && start - stampedAt < pollNanos) {
      look = sequencer.lookOnly(subscriptions);
    } else {
      stampedAt = start;
      look = sequencer.look(subscriptions, sender, notify);
    }
    for (Crew crew : crews) {
      crew.wakeFor(look.parts().getOrDefault(crew.subscription(), 0));
    }
    restUntil = restUntil(start, rung + told, look.rest());
    return !look.parts().isEmpty();
  }

  private long restUntil(long start, int hints, Sequencer.Rest rest) {
    long end = System.nanoTime();
    if (rest != Sequencer.Rest.NOTHING) {
      ring();
    }
    if (rest == Sequencer.Rest.WHAT_OTHERS_STAMP) {
      missed = Math.min(missed + 1, MISSED_MAX);
      return end + (MISSED_NANOS << (missed - 1));
    }
    missed = 0;
    int rests = Math.max(0, Math.min(hints - 1, RESTS_MAX));
    return end + Math.min(rests * (end - start), REST_NANOS_MAX);
  }
}
