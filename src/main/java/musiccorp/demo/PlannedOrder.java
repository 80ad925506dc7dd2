package musiccorp.demo;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;

/**
 * An order that somebody outside wants to place.
 *
 * @param reference order number of a store's file, or idempotency key of a REST order
 * @param cancelled whether the customer changes his mind at once (REST only)
 */
record PlannedOrder(
    String reference,
    String customerId,
    LocalDate date,
    String paymentMethod,
    List<Line> lines,
    boolean cancelled) {

  record Line(String sku, int quantity) {}

  PlannedOrder {
    lines = List.copyOf(lines);
  }

  BigDecimal total(Map<String, BigDecimal> prices) {
    BigDecimal total = BigDecimal.ZERO;
    for (Line line : lines) {
      BigDecimal price = prices.getOrDefault(line.sku(), BigDecimal.ZERO);
      total = total.add(price.multiply(BigDecimal.valueOf(line.quantity())));
    }
    return total;
  }
}
