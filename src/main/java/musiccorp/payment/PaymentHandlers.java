package musiccorp.payment;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.event.Outbox;
import musiccorp.contract.OrderPlaced;
import musiccorp.contract.PaymentHeld;
import musiccorp.contract.PaymentReceived;
import musiccorp.contract.PaymentRefunded;
import musiccorp.contract.PaymentRefused;
import org.jspecify.annotations.Nullable;

/** Takes the money of an order, and gives it back when the order ends before it is packed. */
final class PaymentHandlers {

  private final PaymentRows rows;
  private final Outbox outbox;

  PaymentHandlers(Login login, EventCodec codec) {
    this.rows = new PaymentRows(login);
    this.outbox = new Outbox(login, codec);
  }

  void onPlaced(OrderPlaced order, Event event) {
    Decision decision =
        Decision.of(order.paymentMethod(), rows.flag(order.customerId()).orElse(null));
    if (decision instanceof Decision.Hold hold) {
      if (insert(order, event, "HELD", hold.reason())) {
        publish(
            order,
            new PaymentHeld(order.orderId(), order.customerId(), order.total(), hold.reason()));
      }
    } else if (decision instanceof Decision.Refuse refuse) {
      if (insert(order, event, "REFUSED", refuse.reason())) {
        publish(
            order,
            new PaymentRefused(
                order.orderId(), order.customerId(), order.total(), refuse.reason()));
      }
    } else if (insert(order, event, "RECEIVED", null)) {
      publish(order, new PaymentReceived(order.orderId(), order.customerId(), order.total()));
    }
  }

  private boolean insert(OrderPlaced order, Event event, String state, @Nullable String reason) {
    return rows.insert(
        new PaymentRows.Changed(
            order.orderId(), order.customerId(), order.total(), state, event.businessDate()),
        order.paymentMethod(),
        reason);
  }

  private void publish(OrderPlaced order, Object payload) {
    outbox.publish(order.orderId(), payload);
  }

  void onEnded(String orderId, String reason) {
    rows.giveBack(orderId, reason)
        .filter(payment -> payment.state().equals("REFUNDED"))
        .ifPresent(
            payment ->
                outbox.publish(
                    orderId,
                    new PaymentRefunded(orderId, payment.customerId(), payment.amount(), reason)));
  }
}
