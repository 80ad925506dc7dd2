package musiccorp.notification;

import commondata.database.Login;
import commondata.event.Event;
import musiccorp.contract.CustomerRegistered;
import musiccorp.contract.OrderCancelled;
import musiccorp.contract.OrderDelivered;
import musiccorp.contract.OrderPackaged;
import musiccorp.contract.OrderRejected;
import musiccorp.contract.PaymentChargedBack;

/** Says in words what happened to an order. */
final class MailHandlers {

  private final MailRows rows;

  MailHandlers(Login login) {
    this.rows = new MailRows(login);
  }

  void onRegistered(CustomerRegistered customer) {
    rows.register(customer.customerId(), customer.name(), customer.email());
  }

  void onPackaged(OrderPackaged order, Event event) {
    rows.insert(
        event,
        order.customerId(),
        order.email(),
        "Your order %s is packed".formatted(order.orderId()),
        """
        Dear %s,

        your order %s is packed and goes to %s, %s.

        MusicCorp
        """
            .formatted(
                order.customerName(),
                order.orderId(),
                order.shipTo().street(),
                order.shipTo().city()));
  }

  void onDelivered(OrderDelivered order, Event event) {
    rows.insert(
        event,
        order.customerId(),
        emailOf(order.customerId()),
        "Your order %s is delivered".formatted(order.orderId()),
        """
        Your order %s was delivered on %s (parcel %s). Enjoy the music.

        MusicCorp
        """
            .formatted(order.orderId(), order.on(), order.trackingNo()));
  }

  void onRejected(OrderRejected order, Event event) {
    rows.insert(
        event,
        order.customerId(),
        order.email(),
        "We can't take your order %s".formatted(order.orderId()),
        """
        We can't take your order %s: %s. You pay nothing. %s

        MusicCorp
        """
            .formatted(order.orderId(), order.reason(), adviceFor(order)));
  }

  private static String adviceFor(OrderRejected order) {
    if (order.cause() == null) {
      return "You may order again.";
    }
    return switch (order.cause()) {
      case STOCK -> "You may order again when we have it.";
      case PAYMENT -> "You may order again and pay another way.";
    };
  }

  void onCancelled(OrderCancelled order, Event event) {
    rows.insert(
        event,
        order.customerId(),
        order.email(),
        "Your order %s is cancelled".formatted(order.orderId()),
        """
        Your order %s is cancelled: %s. You pay nothing.

        MusicCorp
        """
            .formatted(order.orderId(), order.reason()));
  }

  void onChargedBack(PaymentChargedBack payment, Event event) {
    rows.insert(
        event,
        payment.customerId(),
        emailOf(payment.customerId()),
        "Your bank took back the payment of order %s".formatted(payment.orderId()),
        """
        Your bank took back %s for order %s: %s.

        MusicCorp
        """
            .formatted(payment.amount(), payment.orderId(), payment.reason()));
  }

  private String emailOf(String customerId) {
    return rows.email(customerId)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "customer \"%s\" is not registered here yet".formatted(customerId)));
  }
}
