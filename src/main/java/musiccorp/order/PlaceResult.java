package musiccorp.order;

import java.util.List;

/** What became of a {@link NewOrder}. */
public sealed interface PlaceResult {

  /** It is stored and published. */
  record Placed(String orderId) implements PlaceResult {}

  /** The same key and content came before: this is that order. */
  record AlreadyPlaced(String orderId) implements PlaceResult {}

  /** The same key came before with other content; nothing was done. */
  record Conflict(String orderId, String idempotencyKey) implements PlaceResult {}

  /** It can't be taken as it is, for all these reasons; nothing was done. */
  record Refused(List<Problem> problems) implements PlaceResult {}

  /**
   * One reason.
   *
   * @param code stable, for programs: {@code unknown-sku} and the like
   * @param pointer where in the order, as a JSON Pointer (RFC 6901)
   * @param message for people
   */
  record Problem(String code, String pointer, String message) {}
}
