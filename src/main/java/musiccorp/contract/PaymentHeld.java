package musiccorp.contract;

import commondata.event.EventType;
import java.math.BigDecimal;

/** The customer is flagged: an operator has to release or refuse the payment. Key: orderId. */
@EventType("payment.held")
public record PaymentHeld(String orderId, String customerId, BigDecimal amount, String reason) {}
