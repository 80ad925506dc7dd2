package musiccorp.contract;

import commondata.event.EventType;
import java.math.BigDecimal;

/** The bank took the money back. Key: orderId. */
@EventType("payment.charged-back")
public record PaymentChargedBack(
    String orderId, String customerId, BigDecimal amount, String reason) {}
