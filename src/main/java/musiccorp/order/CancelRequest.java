package musiccorp.order;

import org.jspecify.annotations.Nullable;

/** Body of {@code POST /orders/{orderId}/cancellation}; may be left out. */
record CancelRequest(@Nullable String reason) {}
