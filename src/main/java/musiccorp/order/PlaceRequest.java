package musiccorp.order;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Body of {@code POST /orders}, before anything is known about it. */
record PlaceRequest(
    @Nullable String customerId,
    @Nullable String paymentMethod,
    @Nullable List<@Nullable Line> lines) {

  record Line(@Nullable String sku, @Nullable Integer quantity) {}
}
