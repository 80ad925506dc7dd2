package musiccorp.contract;

import commondata.event.Upcast;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gives order.rejected v1, which had words only, the cause of v2. The warehouse was the only one to
 * begin its reason with the item.
 */
final class OrderRejectedCause implements Upcast {

  @Override
  public Map<String, @Nullable Object> upcast(Map<String, @Nullable Object> payload) {
    boolean isStock = String.valueOf(payload.get("reason")).startsWith("sku ");
    payload.put(
        "cause", (isStock ? OrderRejected.Cause.STOCK : OrderRejected.Cause.PAYMENT).name());
    return payload;
  }
}
