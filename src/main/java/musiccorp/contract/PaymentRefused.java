package musiccorp.contract;

import commondata.event.EventType;
import java.math.BigDecimal;

/** There will be no money. Key: orderId. */
@EventType("payment.refused")
public record PaymentRefused(String orderId, String customerId, BigDecimal amount, String reason) {}
