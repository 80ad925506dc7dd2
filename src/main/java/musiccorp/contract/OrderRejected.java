package musiccorp.contract;

import commondata.event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * Not paid or not in stock: the order ends here. The cause came with version 2. Key: orderId.
 *
 * @param cause what was in the way; null only if its sender did not say
 * @param reason in words
 */
@EventType(value = "order.rejected", version = 2, upcasts = OrderRejectedCause.class)
public record OrderRejected(
    String orderId, String customerId, String email, @Nullable Cause cause, String reason) {

  /** What was in the way of an order. */
  public enum Cause {
    STOCK,
    PAYMENT
  }
}
