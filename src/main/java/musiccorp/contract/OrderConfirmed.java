package musiccorp.contract;

import commondata.event.EventType;
import java.math.BigDecimal;
import java.util.List;

/** Paid and reserved: the warehouse may pack. Key: orderId. */
@EventType("order.confirmed")
public record OrderConfirmed(
    String orderId,
    String customerId,
    String customerName,
    String email,
    Address shipTo,
    List<OrderLine> lines,
    BigDecimal total) {}
