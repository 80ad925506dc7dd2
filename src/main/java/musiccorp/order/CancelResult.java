package musiccorp.order;

/** What became of a customer's wish to cancel. */
public sealed interface CancelResult {

  /** The order was not confirmed yet: it is cancelled now. */
  record Cancelled(String orderId) implements CancelResult {}

  /** The order is confirmed: the warehouse was asked, and its answer decides. */
  record Asked(String orderId) implements CancelResult {}

  /** It was cancelled before. */
  record AlreadyCancelled(String orderId) implements CancelResult {}

  /** Packed or ended: it can't be cancelled any more. */
  record TooLate(String orderId, OrderState state) implements CancelResult {}

  /** There is no such order. */
  record NotFound(String orderId) implements CancelResult {}
}
