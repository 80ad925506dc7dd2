package docs.voucher;

import commondata.event.EventType;
import commondata.event.Upcast;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What vouchers need of an order.rejected; whatever else there is in it is left. */
@EventType(value = "order.rejected", version = 2, upcasts = Rejected.FromV1.class)
public record Rejected(String customerId, @Nullable String cause) {

  /** Version 1 did not say: no voucher for those. */
  static final class FromV1 implements Upcast {
    @Override
    public Map<String, @Nullable Object> upcast(Map<String, @Nullable Object> payload) {
      payload.put("cause", "UNKNOWN");
      return payload;
    }
  }
}
