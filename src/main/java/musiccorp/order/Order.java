package musiccorp.order;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import musiccorp.contract.OrderLine;
import org.jspecify.annotations.Nullable;

/**
 * An order as it stands now.
 *
 * @param reason why it was rejected or cancelled
 */
public record Order(
    String orderId,
    String customerId,
    OrderState state,
    PaymentState paymentState,
    StockState stockState,
    BigDecimal total,
    String paymentMethod,
    String channel,
    LocalDate businessDate,
    @Nullable String reason,
    Instant placedAt,
    Instant changedAt,
    List<OrderLine> lines) {

  /** What the payment service said last. */
  public enum PaymentState {
    PENDING,
    HELD,
    PAID,
    REFUSED,
    REFUNDED,
    CHARGED_BACK
  }

  /** What the warehouse answered last. */
  public enum StockState {
    PENDING,
    RESERVED,
    REJECTED,
    RELEASED
  }
}
