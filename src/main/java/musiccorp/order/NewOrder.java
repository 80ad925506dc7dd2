package musiccorp.order;

import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a customer wants. Prices are not in it: the catalog has them.
 *
 * @param paymentMethod such as {@code card-ok}, 1 to 40 characters
 * @param idempotencyKey one key, one order: a repeat finds the first; 1 to 200 characters
 * @param businessDate the server's day if absent
 */
public record NewOrder(
    String customerId,
    String paymentMethod,
    List<Line> lines,
    Channel channel,
    @Nullable String idempotencyKey,
    @Nullable LocalDate businessDate) {

  /** How many of one item; the same item may stand in several lines. */
  public record Line(String sku, int quantity) {}

  /** Where an order comes in besides files. */
  public enum Channel {
    REST,
    CLI
  }
}
