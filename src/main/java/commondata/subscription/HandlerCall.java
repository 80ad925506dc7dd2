package commondata.subscription;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import java.time.Duration;
import java.util.List;

/**
 * A call of a subscription's handlers in an open transaction, cut off at a time limit. Whatever
 * they throw comes out as a {@link RuntimeException}, but what the virtual machine itself throws.
 */
final class HandlerCall {

  private final Subscription subscription;
  private final EventCodec codec;
  private final Login login;
  private final Duration timeLimit;

  HandlerCall(Subscription subscription, EventCodec codec, Login login, Duration timeLimit) {
    this.subscription = subscription;
    this.codec = codec;
    this.login = login;
    this.timeLimit = timeLimit;
  }

  /**
   * Handles events in order; returns how many, fewer if they took long together.
   *
   * @param onGivenUp called by another thread when this one will not come back
   * @throws HandlerTimeoutException if one took too long, however it ended
   */
  int handle(List<Event> events, Runnable onGivenUp) {
    try (TimeLimit limit = TimeLimit.begin(login.dataSource(), timeLimit, onGivenUp)) {
      int handled = 0;
      RuntimeException failure = null;
      try {
        handled = subscription.handle(events, codec, limit::restart);
        login.sendUnsent();
      } catch (RuntimeException e) {
        failure = e;
      } catch (StackOverflowError e) {
        failure = new HandlerException(e);
      } catch (VirtualMachineError e) {
        throw e;
      } catch (Throwable e) {
        // An assertion or a missing class is the event's too: uncounted, it would come for ever.
        failure = new HandlerException(e);
      }
      if (limit.isOver()) {
        throw new HandlerTimeoutException(timeLimit);
      }
      if (failure != null) {
        throw failure;
      }
      return handled;
    }
  }
}
