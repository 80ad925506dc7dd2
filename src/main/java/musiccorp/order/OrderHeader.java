package musiccorp.order;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;

/** An order without its lines. */
public record OrderHeader(
    String orderId,
    String customerId,
    String state,
    String paymentState,
    String stockState,
    BigDecimal total,
    String channel,
    LocalDate businessDate,
    Instant placedAt) {}
