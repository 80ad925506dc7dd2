package commondata.subscription;

import commondata.event.Event;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one transaction came to.
 *
 * @param events those that were claimed
 * @param isUnmarked whether they were left alone, since the worker has not marked their part
 * @param failure why the transaction was rolled back, if that was the fault of its events
 */
record Attempt(List<Event> events, boolean isUnmarked, @Nullable Throwable failure) {

  int size() {
    return events.size();
  }

  long payloadLength() {
    return events.stream().mapToLong(event -> event.payload().length()).sum();
  }

  Event first() {
    return events.get(0);
  }

  PollOutcome outcome() {
    return events.isEmpty() ? new PollOutcome.Idle() : new PollOutcome.Handled(events.size());
  }
}
