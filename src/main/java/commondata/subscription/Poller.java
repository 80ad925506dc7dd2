package commondata.subscription;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.fault.FaultPoint;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Reads one subscription: claim, work, record, one commit.
 *
 * <p>How a poll goes: {@code next_batch} locks the cursor row of one part that has something and
 * that nobody else holds, and returns its next events in order. The handlers run, {@code finish}
 * moves the cursor and writes the receipt, and the commit makes all of it true at once. The lock is
 * the lease: no heartbeat, no time-out.
 *
 * <p>When a handler fails, the batch is rolled back and done again one event a transaction, up to
 * the culprit. Its key is parked together with the followers that come later; every other key flows
 * on. A parked key is tried again after a growing wait; when its attempts are exhausted, the event
 * becomes a dead letter.
 *
 * <p>A crash before the commit undoes handler's writes, receipt and advance alike, and frees the
 * lock: another node, or this one again, reads the same events. A crash after the commit undoes
 * nothing. So each event takes effect exactly once. A handler that swallows an SQLException does
 * not get away with it: {@code finish} fails in the aborted transaction.
 *
 * <p>One thread at a time per object; any number of objects and processes per subscription.
 */
public final class Poller {

  private static final Logger LOG = LoggerFactory.getLogger(Poller.class);
  private static final int ERROR_LENGTH_MAX = 1_000;
  private static final long PARKED_LOOK_NANOS = 200_000_000;

  private final Subscription subscription;
  private final Login login;
  private final EventCodec codec;
  private final int batchSizeMax;
  private final Sequencer sequencer;
  private final BatchReader reader;
  private long lookedAtParked = System.nanoTime() - PARKED_LOOK_NANOS;

  /**
   * @param login the one that owns the subscription
   * @param node name of this process for receipts
   * @param batchSizeMax events a transaction, at most
   */
  public Poller(
      Subscription subscription,
      Login login,
      EventCodec codec,
      String node,
      int batchSizeMax,
      Sequencer sequencer) {
    this.subscription = subscription;
    this.login = login;
    this.codec = codec;
    this.batchSizeMax = batchSizeMax;
    this.sequencer = sequencer;
    this.reader = new BatchReader(login, subscription.name(), node);
  }

  public Subscription subscription() {
    return subscription;
  }

  /** Handles one batch of one part, or one parked event that is due, or finds nothing to do. */
  public PollOutcome pollOnce() {
    MDC.put("subscription", subscription.name());
    try {
      sequencer.stamp();
      PollOutcome parked = retryParkedNowAndThen();
      return parked.worked() ? parked : pollBatch();
    } catch (DataAccessException | TransactionException e) {
      if (!Failure.isOutage(e)) {
        throw e;
      }
      return new PollOutcome.Interrupted(Failure.messageOf(e));
    } finally {
      MDC.remove("subscription");
    }
  }

  private PollOutcome pollBatch() {
    Attempt attempt = attemptBatch(batchSizeMax, null);
    if (attempt.failure == null) {
      return attempt.outcome();
    }
    return attempt.events.size() == 1
        ? park(attempt)
        : oneByOne(attempt.events.get(0).part(), attempt.events.size());
  }

  /** Finds the culprit of a failed batch: each event in a transaction of its own, in order. */
  private PollOutcome oneByOne(int part, int events) {
    FaultPoint.ONE_BY_ONE_BEGUN.reached();
    int handled = 0;
    for (int i = 0; i < events; i++) {
      Attempt attempt = attemptBatch(1, part);
      if (attempt.failure != null) {
        return park(attempt);
      }
      if (attempt.events.isEmpty()) {
        break;
      }
      handled++;
      FaultPoint.ONE_BY_ONE_DONE.reached();
    }
    return handled == 0 ? new PollOutcome.Idle() : new PollOutcome.Handled(handled);
  }

  private PollOutcome park(Attempt attempt) {
    Event culprit = attempt.events.get(0);
    Throwable cause = Failure.causeOf(attempt.failure);
    String message = cut(Failure.messageOf(cause));
    FaultPoint.PARK_BEGUN.reached();
    if (reader.park(culprit, cause.getClass().getSimpleName(), message)) {
      LOG.warn("{}: {} failed, its key is parked: {}", subscription.name(), culprit, message);
    }
    FaultPoint.PARK_DONE.reached();
    return new PollOutcome.Parked(culprit.toString(), message);
  }

  private PollOutcome retryParkedNowAndThen() {
    if (System.nanoTime() - lookedAtParked < PARKED_LOOK_NANOS) {
      return new PollOutcome.Idle();
    }
    Attempt attempt =
        attempt(
            Points.OF_RETRY,
            reader::nextParked,
            batch -> reader.finishParked(batch.events().get(0)));
    if (attempt.failure == null) {
      if (attempt.events.isEmpty()) {
        lookedAtParked = System.nanoTime();
      }
      return attempt.outcome();
    }
    Event culprit = attempt.events.get(0);
    Throwable cause = Failure.causeOf(attempt.failure);
    String message = cut(Failure.messageOf(cause));
    FaultPoint.RETRY_FAILED.reached();
    reader.failParked(culprit, cause.getClass().getSimpleName(), message);
    FaultPoint.RETRY_COUNTED.reached();
    LOG.warn("{}: {} failed again: {}", subscription.name(), culprit, message);
    return new PollOutcome.Parked(culprit.toString(), message);
  }

  private Attempt attemptBatch(int limit, @Nullable Integer part) {
    return attempt(Points.OF_BATCH, () -> reader.nextBatch(limit, part), reader::finish);
  }

  /**
   * Claims, works and records in one transaction. A failure that comes back in the attempt is the
   * fault of its events; an outage, or a claim that failed, is thrown.
   */
  private Attempt attempt(Points points, Supplier<Batch> claim, Consumer<Batch> record) {
    Attempt attempt = new Attempt();
    try {
      login.inTransactionDo(
          () -> {
            Batch batch = claim.get();
            attempt.events = batch.events();
            if (!batch.events().isEmpty()) {
              points.claimed.reached();
              handle(batch.events());
              points.handled.reached();
              record.accept(batch);
              points.finished.reached();
            }
          });
      if (!attempt.events.isEmpty()) {
        points.committed.reached();
      }
    } catch (RuntimeException e) {
      if (attempt.events.isEmpty() || Failure.isOutage(e)) {
        throw e;
      }
      attempt.failure = e;
    }
    return attempt;
  }

  private void handle(List<Event> events) {
    try {
      subscription.handle(events, codec);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new HandlerException(e);
    }
  }

  private static String cut(String message) {
    return message.length() <= ERROR_LENGTH_MAX ? message : message.substring(0, ERROR_LENGTH_MAX);
  }

  /** Where an attempt may be made to fail. */
  private record Points(
      FaultPoint claimed, FaultPoint handled, FaultPoint finished, FaultPoint committed) {

    static final Points OF_BATCH =
        new Points(
            FaultPoint.BATCH_CLAIMED,
            FaultPoint.BATCH_HANDLED,
            FaultPoint.BATCH_FINISHED,
            FaultPoint.BATCH_COMMITTED);
    static final Points OF_RETRY =
        new Points(
            FaultPoint.RETRY_CLAIMED,
            FaultPoint.RETRY_HANDLED,
            FaultPoint.RETRY_FINISHED,
            FaultPoint.RETRY_COMMITTED);
  }

  /** What one transaction came to: its events, and why it was rolled back if it was. */
  private static final class Attempt {
    private List<Event> events = List.of();
    private @Nullable RuntimeException failure;

    private PollOutcome outcome() {
      return events.isEmpty() ? new PollOutcome.Idle() : new PollOutcome.Handled(events.size());
    }
  }
}
