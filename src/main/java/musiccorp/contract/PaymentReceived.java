package musiccorp.contract;

import commondata.event.EventType;
import java.math.BigDecimal;

/** The money is in. Key: orderId. */
@EventType("payment.received")
public record PaymentReceived(String orderId, String customerId, BigDecimal amount) {}
