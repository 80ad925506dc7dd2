package commondata.subscription;

import commondata.event.Event;

/**
 * Handles one event of one type.
 *
 * @param <T> the payload's record
 */
@FunctionalInterface
public interface TypedHandler<T> {

  /**
   * Does the work of one event, in the open transaction of the subscription's login: what it writes
   * and publishes is committed together with the advance of the cursor, so it takes effect exactly
   * once. Acts outside the database (mail, HTTP) do not belong here.
   *
   * @throws Exception if the event can't be handled now; it is tried again and at last becomes a
   *     dead letter, while other keys flow on
   */
  void handle(T payload, Event event) throws Exception;
}
