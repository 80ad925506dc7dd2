package musiccorp.contract;

import commondata.event.EventType;

/** Not paid or not in stock: the order ends here. Key: orderId. */
@EventType("order.rejected")
public record OrderRejected(String orderId, String customerId, String email, String reason) {}
