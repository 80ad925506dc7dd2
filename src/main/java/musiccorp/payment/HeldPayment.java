package musiccorp.payment;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;

/**
 * A payment that waits for an operator.
 *
 * @param reason the flag: rule and figures
 */
public record HeldPayment(
    String orderId,
    String customerId,
    BigDecimal amount,
    String reason,
    LocalDate businessDate,
    Instant takenAt) {}
