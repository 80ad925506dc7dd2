package musiccorp.order;

/** What the warehouse answered last about an order. */
public enum StockState {
  PENDING,
  RESERVED,
  REJECTED,
  RELEASED
}
