package musiccorp.contract;

import commondata.event.EventType;

/** Cancelled before it was packed: the order ends here. Key: orderId. */
@EventType("order.cancelled")
public record OrderCancelled(String orderId, String customerId, String email, String reason) {}
