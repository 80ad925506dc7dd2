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
      try {
        int handled = subscription.handle(events, codec, limit::restart);
        login.sendUnsent();
        if (limit.isOver()) {
          throw new HandlerTimeoutException(timeLimit);
        }
        return handled;
      } catch (Throwable e) {
        throw limit.isOver() ? new HandlerTimeoutException(timeLimit) : failure(e);
      }
    }
  }

  private static RuntimeException failure(Throwable e) {
    if (e instanceof RuntimeException unchecked) {
      return unchecked;
    }
    if (e instanceof VirtualMachineError error && !(e instanceof StackOverflowError)) {
      throw error;
    }
    // An assertion or a missing class is the event's too: uncounted, it would come for ever.
    return new HandlerException(e);
  }
}
