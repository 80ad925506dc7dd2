package musiccorp.order;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import musiccorp.contract.OrderLine;

/** What is wrong with a {@link NewOrder}: all of it, not the first thing only. */
final class NewOrderCheck {

  static final int LINES_MAX = 100;
  static final int QUANTITY_MAX = 10_000;
  static final int PAYMENT_METHOD_LENGTH_MAX = 40;
  static final int IDEMPOTENCY_KEY_LENGTH_MAX = 200;
  static final BigDecimal TOTAL_MAX = new BigDecimal("9999999999.99");

  private NewOrderCheck() {}

  /** What can be said without looking anything up. */
  static List<PlaceResult.Problem> errorsOf(NewOrder order) {
    List<PlaceResult.Problem> errors = new ArrayList<>();
    int method = order.paymentMethod().length();
    if (order.paymentMethod().isBlank() || method > PAYMENT_METHOD_LENGTH_MAX) {
      errors.add(
          new PlaceResult.Problem(
              "bad-payment-method",
              "/paymentMethod",
              "the payment method has %d characters: give 1 to %d, such as card-ok"
                  .formatted(method, PAYMENT_METHOD_LENGTH_MAX)));
    }
    String key = order.idempotencyKey();
    if (key != null && (key.isBlank() || key.length() > IDEMPOTENCY_KEY_LENGTH_MAX)) {
      errors.add(
          new PlaceResult.Problem(
              "bad-idempotency-key",
              "",
              "the idempotency key has %d characters: give 1 to %d, or none"
                  .formatted(key.length(), IDEMPOTENCY_KEY_LENGTH_MAX)));
    }
    errors.addAll(errorsOf(order.lines()));
    if (hasNul(order)) {
      errors.add(
          new PlaceResult.Problem(
              "bad-character",
              "",
              "the order has a NUL character (U+0000) in a text: leave it out"));
    }
    return errors;
  }

  /** PostgreSQL's text has no NUL. */
  private static boolean hasNul(NewOrder order) {
    return Stream.concat(
            Stream.of(order.customerId(), order.paymentMethod()),
            order.lines().stream().map(NewOrder.Line::sku))
        .anyMatch(text -> text.indexOf('\0') >= 0);
  }

  private static List<PlaceResult.Problem> errorsOf(List<NewOrder.Line> lines) {
    if (lines.isEmpty()) {
      return List.of(
          new PlaceResult.Problem("no-lines", "/lines", "an order has at least one line"));
    }
    if (lines.size() > LINES_MAX) {
      return List.of(
          new PlaceResult.Problem(
              "too-many-lines",
              "/lines",
              "%d lines are more than an order may have: split it into orders of %d"
                  .formatted(lines.size(), LINES_MAX)));
    }
    List<PlaceResult.Problem> errors = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      int quantity = lines.get(i).quantity();
      if (quantity < 1 || quantity > QUANTITY_MAX) {
        errors.add(
            new PlaceResult.Problem(
                "bad-quantity",
                "/lines/%d/quantity".formatted(i),
                "quantity %d of sku \"%s\" is not between 1 and %d"
                    .formatted(quantity, lines.get(i).sku(), QUANTITY_MAX)));
      }
    }
    return errors;
  }

  static PlaceResult.Problem unknownCustomer(String customerId) {
    return new PlaceResult.Problem(
        "unknown-customer",
        "/customerId",
        "customer \"%s\" is not registered".formatted(customerId));
  }

  /** Skus that the catalog does not have. */
  static List<PlaceResult.Problem> unknownSkus(
      List<NewOrder.Line> lines, Map<String, Catalog.Item> items) {
    List<PlaceResult.Problem> errors = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (!items.containsKey(lines.get(i).sku())) {
        errors.add(
            new PlaceResult.Problem(
                "unknown-sku",
                "/lines/%d/sku".formatted(i),
                "sku \"%s\" is not in the catalog".formatted(lines.get(i).sku())));
      }
    }
    return errors;
  }

  static BigDecimal total(List<OrderLine> lines) {
    return lines.stream()
        .map(line -> line.unitPrice().multiply(BigDecimal.valueOf(line.quantity())))
        .reduce(new BigDecimal("0.00"), BigDecimal::add);
  }

  static PlaceResult.Problem totalTooHigh(BigDecimal total) {
    return new PlaceResult.Problem(
        "total-too-high", "/lines", "the total %s is above %s".formatted(total, TOTAL_MAX));
  }
}
