package commondata.subscription;

import commondata.database.Login;
import commondata.database.SessionState;
import commondata.database.SqlStates;
import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.fault.FaultPoint;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Claims, works and records in one transaction.
 *
 * <p>A claim that failed is thrown and counts against nobody; so is the end of the virtual machine.
 * What fails behind the claim comes back as an {@link Attempt}: as a failure of the events, or as
 * an outage, which counts against nobody either. An outage that leaves the session usable is one of
 * another server, which the handler needs: the part waits for it, others flow on. And an event that
 * ten times running meets what it may have brought about itself (a deadlock, memory that runs out,
 * a transaction that stood still for too long, the end of the session that handled it), or anything
 * else while others are handled in between, is at fault, unless its failure can't be written down
 * either ({@link Suspects}).
 */
final class Attempts {

  private final Subscription subscription;
  private final Login login;
  private final EventCodec codec;
  private final Failures failures;
  private final IntConsumer onGivenUp;
  private final IntConsumer onHandled;
  private final Suspects suspects = new Suspects();

  /**
   * @param onGivenUp told the part when a handler will not end
   * @param onHandled told after each commit how many events were handled
   */
  Attempts(
      Subscription subscription,
      Login login,
      EventCodec codec,
      Failures failures,
      IntConsumer onGivenUp,
      IntConsumer onHandled) {
    this.subscription = subscription;
    this.login = login;
    this.codec = codec;
    this.failures = failures;
    this.onGivenUp = onGivenUp;
    this.onHandled = onHandled;
  }

  /**
   * @param mayWork tells whether events of that part may be handled; if not, they are left alone
   */
  Attempt run(Points points, Supplier<Batch> claim, Consumer<Batch> record, IntPredicate mayWork) {
    Work work = new Work();
    try {
      login.inTransactionDo(
          () -> {
            Batch batch = claim.get();
            work.events = batch.events();
            if (work.events.isEmpty()) {
              return;
            }
            work.isUnmarked = !mayWork.test(work.events.get(0).part());
            if (work.isUnmarked) {
              return;
            }
            points.claimed.reached();
            try {
              handle(points, work);
              points.handled.reached();
              record.accept(batch.first(work.events.size()));
            } catch (RuntimeException e) {
              work.session = Failure.isOutage(e) ? login.sessionState() : null;
              throw e;
            }
            points.finished.reached();
          });
    } catch (RuntimeException e) {
      if (work.events.isEmpty() || work.isUnmarked) {
        throw e;
      }
      return isNobodysFault(work, e)
          ? new Attempt.Outage(work.events, e)
          : new Attempt.Failed(work.events, work.isOutageElsewhere(e) ? unavailable(e) : e);
    }
    if (work.events.isEmpty()) {
      return new Attempt.Nothing();
    }
    if (work.isUnmarked) {
      return new Attempt.LeftAlone(work.events.get(0).part(), work.events.size());
    }
    suspects.handled(work.events);
    onHandled.accept(work.events.size());
    points.committed.reached();
    return new Attempt.Done(work.events);
  }

  private void handle(Points points, Work work) {
    int handled =
        new HandlerCall(subscription, codec, login, failures.timeLimit())
            .handle(work.events, () -> giveUp(points, work));
    work.events = work.events.subList(0, handled);
  }

  /** First it is written down: others are woken, and would take the same event. */
  private void giveUp(Points points, Work work) {
    try {
      failures.abandon(work.events, points.isRetry());
    } finally {
      onGivenUp.accept(work.events.get(0).part());
    }
  }

  private boolean isNobodysFault(Work work, RuntimeException e) {
    if (e instanceof HandlerTimeoutException || !Failure.isOutage(e) || work.isOutageElsewhere(e)) {
      return false;
    }
    boolean mayBeOwn = work.session == SessionState.LOST || SqlStates.mayBeOwnFault(e);
    return !suspects.areAtFault(work.events, mayBeOwn);
  }

  private RuntimeException unavailable(RuntimeException e) {
    return subscription.kindOf(Failure.causeOf(e)) == Failure.Kind.PERMANENT
        ? e
        : new UnavailableException("another server can't be used: " + Failure.messageOf(e));
  }

  /** What is known of a transaction while it is open. */
  private static final class Work {
    private List<Event> events = List.of();
    private boolean isUnmarked;

    /** After an outage that was met behind the claim. */
    private @Nullable SessionState session;

    /** Of a server that the handler needs; ours goes on. */
    boolean isOutageElsewhere(RuntimeException e) {
      return session == SessionState.USABLE && !SqlStates.mayBeOwnFault(e);
    }
  }

  /** Where an attempt may be made to fail. */
  record Points(
      boolean isRetry,
      FaultPoint claimed,
      FaultPoint handled,
      FaultPoint finished,
      FaultPoint committed) {

    static final Points OF_BATCH =
        new Points(
            false,
            FaultPoint.BATCH_CLAIMED,
            FaultPoint.BATCH_HANDLED,
            FaultPoint.BATCH_FINISHED,
            FaultPoint.BATCH_COMMITTED);
    static final Points OF_RETRY =
        new Points(
            true,
            FaultPoint.RETRY_CLAIMED,
            FaultPoint.RETRY_HANDLED,
            FaultPoint.RETRY_FINISHED,
            FaultPoint.RETRY_COMMITTED);
  }
}
