package commondata.subscription;

import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.fault.FaultPoint;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Reads one subscription: claim, work, record, one commit.
 *
 * <p>How a poll goes: {@code next_batch} locks the cursor row of one part that has something and
 * that nobody else holds, and returns its next events in order. The handlers run, {@code finish}
 * moves the cursor and writes the receipt, and the commit makes all of it true at once. The lock is
 * the lease: no heartbeat. A process that stands still loses it when the server ends its idle
 * transaction, after a minute as a rule, and a handler that hangs when its time limit cuts it off.
 * A batch of slow events is committed after some seconds, as far as it has come.
 *
 * <p>When a handler fails, the batch is rolled back and done again one event a transaction, up to
 * the culprit. Its key is parked together with the followers that come later; every other key flows
 * on ({@link Failures}). A parked key is tried again after a growing wait; when its attempts are
 * exhausted, the event becomes a dead letter. An outage counts no attempt: the poller, or the part,
 * rests for a growing while, takes fewer events at once, and those of other parts first.
 *
 * <p>A crash before the commit undoes handler's writes, receipt and advance alike, and frees the
 * lock: another node, or this one again, reads the same events. A crash after the commit undoes
 * nothing. So each event takes effect exactly once, also when a commit's answer is lost: the
 * cursor, read again, tells what became of it. An event that kills whoever reads it is found by
 * what each worker writes down before it begins ({@link Marks}). A handler that swallows an
 * SQLException does not get away with it: {@code finish} fails in the aborted transaction.
 *
 * <p>One thread at a time per object; any number of objects and processes per subscription.
 */
public final class Poller {

  private static final Logger LOG = LoggerFactory.getLogger(Poller.class);

  private final Subscription subscription;
  private final BatchLimit limit;
  private final Sequencer sequencer;
  private final BatchReader reader;
  private final Marks marks;
  private final Attempts attempts;
  private final Failures failures;
  private final Retries retries;
  private final OutageRest rest = new OutageRest(System::nanoTime);

  /** Parts in which it has met an outage since it last handled something: others come first. */
  private final Set<Integer> last = new HashSet<>();

  private final Set<Integer> hung = ConcurrentHashMap.newKeySet();
  private volatile IntConsumer onGivenUp = part -> {};
  private volatile PollObserver observer = PollObserver.NOBODY;
  private volatile @Nullable Thread atWork;

  /**
   * @param login the one that owns the subscription
   * @param node name of this process for receipts
   * @param batchSizeMax events a transaction, at most; fewer if they are large
   */
  public Poller(
      Subscription subscription,
      Login login,
      EventCodec codec,
      String node,
      int batchSizeMax,
      Sequencer sequencer) {
    this.subscription = subscription;
    this.limit = new BatchLimit(batchSizeMax);
    this.sequencer = sequencer;
    this.reader = new BatchReader(login, subscription.name(), node);
    this.marks = new Marks(login, subscription.name(), node);
    String name = subscription.name();
    this.failures = new Failures(subscription, login, node, marks, () -> observer.failed(name));
    this.attempts =
        new Attempts(
            subscription,
            login,
            codec,
            failures,
            part -> onGivenUp.accept(part),
            events -> observer.handled(name, events));
    this.retries = new Retries(login, name, node, marks, attempts, failures);
  }

  /** Tells {@code listener} the part when a handler will not end and its thread is given up. */
  Poller whenGivenUp(IntConsumer listener) {
    onGivenUp = listener;
    return this;
  }

  /**
   * A handler of this process hangs in that part: its next events go one by one, though this worker
   * has marked the part long since. Called by any thread.
   */
  void beCareful(int part) {
    hung.add(part);
  }

  /** Tells {@code value} of each transaction; of the polls it hears from whoever polls. */
  Poller observedBy(PollObserver value) {
    observer = value;
    return this;
  }

  public Subscription subscription() {
    return subscription;
  }

  /** Handles one batch of one part and one parked event that is due, or finds nothing to do. */
  public PollOutcome pollOnce() {
    PollOutcome whyItRests = rest.why();
    if (whyItRests != null) {
      return whyItRests;
    }
    MDC.put("subscription", subscription.name());
    atWork = Thread.currentThread();
    try {
      marks.withdrawIfSurvived();
      sequencer.stamp();
      PollOutcome outcome = retryAndPollBatch();
      if (outcome instanceof PollOutcome.Interrupted outage) {
        return interrupted(outage);
      }
      rest.end();
      return outcome;
    } catch (RuntimeException e) {
      if (!Failure.isOutage(e)) {
        marks.survived();
        throw e;
      }
      return interrupted(new PollOutcome.Interrupted(null, Failure.messageOf(e)));
    } catch (VirtualMachineError e) {
      marks.died();
      throw e;
    } finally {
      atWork = null;
      MDC.remove("subscription");
    }
  }

  /**
   * Whether its marks would tell of a death if the process ended now: it is at work, or could not
   * take them back in an outage. A handler that itself ends the process is one that others may die
   * of.
   */
  boolean mayBeThoughtDead() {
    Thread thread = atWork;
    if (thread == null) {
      return marks.hasSurvived();
    }
    return Arrays.stream(thread.getStackTrace())
        .noneMatch(
            call ->
                call.getClassName().equals(Runtime.class.getName())
                    && call.getMethodName().equals("exit"));
  }

  /** Takes its marks back: the process is told to end. Called by another thread. */
  void leave(JdbcClient apart) {
    marks.leave(apart);
  }

  private PollOutcome interrupted(PollOutcome.Interrupted outage) {
    marks.survived();
    limit.interrupted();
    rest.begin(outage);
    return outage;
  }

  /** Both, so that keys which fail again and again don't keep others waiting. */
  private PollOutcome retryAndPollBatch() {
    PollOutcome retried = retries.pollOnce();
    // What one retry meets need not be everybody's, if that much can be written down.
    if (retried instanceof PollOutcome.Interrupted && !marks.survived()) {
      return retried;
    }
    PollOutcome outcome = pollBatch();
    if (outcome instanceof PollOutcome.Idle) {
      return retried;
    }
    if (retried instanceof PollOutcome.Interrupted retry) {
      LOG.info("{}: {} is tried again: {}", subscription.name(), retry.event(), retry.error());
    }
    return outcome;
  }

  private PollOutcome pollBatch() {
    Attempt attempt = attemptBatch(limit.events(), null);
    if (attempt instanceof Attempt.LeftAlone unmarked) {
      return markAndWork(unmarked);
    }
    return attempt instanceof Attempt.Nothing ? new PollOutcome.Idle() : outcomeOf(attempt);
  }

  private PollOutcome outcomeOf(Attempt attempt) {
    if (attempt instanceof Attempt.Done done) {
      limit.handled(done.events().size(), done.payloadLength());
    }
    return attempt instanceof Attempt.Failed failed && failed.events().size() > 1
        ? oneByOne(failed.first().part(), failed.events().size())
        : outcomeOf(attempt, 0);
  }

  /** What a transaction comes to, and so many events that were handled before it. */
  private PollOutcome outcomeOf(Attempt attempt, int before) {
    if (attempt instanceof Attempt.Failed failed) {
      return failures.park(failed);
    }
    if (attempt instanceof Attempt.Outage outage) {
      return outage.outcome();
    }
    return new PollOutcome.Handled(
        attempt instanceof Attempt.Done done ? before + done.events().size() : before);
  }

  /** Finds the culprit of a failed batch: each event in a transaction of its own, in order. */
  private PollOutcome oneByOne(int part, int events) {
    FaultPoint.ONE_BY_ONE_BEGUN.reached();
    for (int handled = 0; handled < events; handled++) {
      Attempt attempt = attemptMarked(1, part);
      if (!(attempt instanceof Attempt.Done)) {
        return outcomeOf(attempt, handled);
      }
      FaultPoint.ONE_BY_ONE_DONE.reached();
    }
    return new PollOutcome.Handled(events);
  }

  /** The first time this worker takes a part: it says so before it works. */
  private PollOutcome markAndWork(Attempt.LeftAlone unmarked) {
    int part = unmarked.part();
    if (hung.remove(part)) {
      return carefully(part, 1);
    }
    Marks.Mark mark = marks.mark(part, unmarked.events(), 0);
    if (mark instanceof Marks.Crashed crashed) {
      return carefully(part, crashed.times());
    }
    if (mark instanceof Marks.Killer killer) {
      return failures.foundKiller(part, killer);
    }
    return mark instanceof Marks.Begun
        ? outcomeOf(attemptMarked(limit.events(), part))
        : new PollOutcome.Handled(0);
  }

  private Attempt attemptMarked(int limit, int part) {
    Attempt attempt = attemptBatch(limit, part);
    if (attempt instanceof Attempt.Nothing) {
      // Somebody else has the part: nobody shall think that this worker died of it.
      marks.withdraw();
    }
    return attempt;
  }

  /** Somebody ended here without a word: each event is marked and handled alone. */
  private PollOutcome carefully(int part, int crashes) {
    LOG.warn(
        "{}: {} worker(s) ended in part {} without a word: its next events go one by one",
        subscription.name(),
        crashes,
        part);
    for (int handled = 0; handled < limit.events(); handled++) {
      Marks.Mark mark = marks.mark(part, 1, crashes);
      if (mark instanceof Marks.Killer killer) {
        return failures.foundKiller(part, killer);
      }
      Attempt attempt = attemptMarked(1, part);
      if (!(attempt instanceof Attempt.Done)) {
        return outcomeOf(attempt, handled);
      }
    }
    return new PollOutcome.Handled(limit.events());
  }

  private Attempt attemptBatch(int limit, @Nullable Integer part) {
    Attempt attempt =
        attempts.run(
            Attempts.Points.OF_BATCH,
            () -> reader.nextBatch(limit, part, last),
            reader::finish,
            p -> marks.isMarked(p) && !hung.contains(p));
    if (attempt instanceof Attempt.Outage outage) {
      last.add(outage.first().part());
    } else if (attempt instanceof Attempt.Done) {
      last.clear();
    }
    return attempt;
  }
}
