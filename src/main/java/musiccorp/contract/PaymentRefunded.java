package musiccorp.contract;

import commondata.event.EventType;
import java.math.BigDecimal;

/** We gave the money back. Key: orderId. */
@EventType("payment.refunded")
public record PaymentRefunded(
    String orderId, String customerId, BigDecimal amount, String reason) {}
