package musiccorp.order;

/** What the payment service said last about an order. */
public enum PaymentState {
  PENDING,
  HELD,
  PAID,
  REFUSED,
  REFUNDED,
  CHARGED_BACK
}
