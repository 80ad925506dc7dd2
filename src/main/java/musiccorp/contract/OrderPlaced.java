package musiccorp.contract;

import commondata.event.EventType;
import java.math.BigDecimal;
import java.util.List;

/** A customer ordered; prices are the catalog's on that day. Key: orderId. */
@EventType("order.placed")
public record OrderPlaced(
    String orderId,
    String customerId,
    String customerName,
    String email,
    Address shipTo,
    List<OrderLine> lines,
    BigDecimal total,
    String paymentMethod,
    String channel) {}
