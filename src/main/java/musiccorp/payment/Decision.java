package musiccorp.payment;

import org.jspecify.annotations.Nullable;

/** What to do with a payment. */
sealed interface Decision {

  String DECLINED_METHOD = "card-declined";

  record Receive() implements Decision {}

  record Hold(String reason) implements Decision {}

  record Refuse(String reason) implements Decision {}

  /**
   * Decides without asking anybody.
   *
   * @param flag why the customer is flagged, null if he is not
   */
  static Decision of(String paymentMethod, @Nullable String flag) {
    if (paymentMethod.equals(DECLINED_METHOD)) {
      return new Refuse("the card was declined");
    }
    return flag == null ? new Receive() : new Hold(flag);
  }
}
