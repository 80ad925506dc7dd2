package musiccorp.payment;

/** What became of an operator's decision on a held payment. */
public sealed interface HeldResult {

  /** The money is in. */
  record Released(String orderId) implements HeldResult {}

  /** There will be no money: the order is rejected. */
  record Refused(String orderId) implements HeldResult {}

  /** It waits for nobody: decided before, or never held. Nothing was done. */
  record NotHeld(String orderId, String state) implements HeldResult {}

  /** The order has no payment. */
  record NotFound(String orderId) implements HeldResult {}
}
