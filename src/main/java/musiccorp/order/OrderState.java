package musiccorp.order;

/** How far an order is. Which may follow which, {@code orders.state_transition} says. */
public enum OrderState {
  PLACED,
  CONFIRMED,
  PACKED,
  SHIPPED,
  DELIVERED,
  CHARGED_BACK,
  CANCELLED,
  REJECTED
}
