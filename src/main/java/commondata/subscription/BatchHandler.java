package commondata.subscription;

import commondata.event.Event;
import commondata.event.Handling;
import java.util.List;

/**
 * Handles many events at once, for set-based SQL. Which of them an event follows from that it
 * publishes, only it knows: it calls {@link Handling#begin(Event)} before. What is published
 * without that begins a flow of its own. The thread is left clean when it returns.
 */
@FunctionalInterface
public interface BatchHandler {

  /**
   * Does the work of all events, in the open transaction of the subscription's login.
   *
   * @param events of one part, in order; when one of them made an earlier call fail, the call is
   *     repeated with each alone
   * @throws Exception if they can't be handled now
   */
  void handle(List<Event> events) throws Exception;
}
