package musiccorp.order;

import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.event.Outbox;
import java.math.BigDecimal;
import java.util.List;
import java.util.function.UnaryOperator;
import musiccorp.contract.OrderCancelled;
import musiccorp.contract.OrderConfirmed;
import musiccorp.contract.OrderLine;
import musiccorp.contract.OrderRejected;
import musiccorp.contract.ReleaseStock;
import musiccorp.order.Order.PaymentState;
import musiccorp.order.Order.StockState;
import org.jspecify.annotations.Nullable;

/**
 * Moves one order on and says so. The row is locked first, so what one order's events say comes in
 * the order in which it happened, whoever moves it: a handler or a customer.
 */
final class OrderFlow {

  private static final String REPLY_TO = "order";

  private final OrderRows rows;
  private final Catalog catalog;
  private final Outbox outbox;

  OrderFlow(Login login, EventCodec codec) {
    this.rows = new OrderRows(login);
    this.catalog = new Catalog(login);
    this.outbox = new Outbox(login, codec);
  }

  void payment(String orderId, PaymentState said, @Nullable String reason) {
    note(orderId, reason, progress -> progress.payment(said));
  }

  void stock(String orderId, StockState answered, @Nullable String reason) {
    note(orderId, reason, progress -> progress.stock(answered));
  }

  void released(String orderId, String reason) {
    note(orderId, reason, Progress::released);
  }

  /** Packed before it was asked: the order goes on, and may be asked for again in vain. */
  void releaseRefused(String orderId) {
    note(orderId, null, progress -> progress);
  }

  void moved(String orderId, OrderState next) {
    note(orderId, null, progress -> progress.to(next));
  }

  private void note(String orderId, @Nullable String reason, UnaryOperator<Progress> step) {
    OrderRows.Head head =
        rows.lock(orderId)
            .orElseThrow(
                () -> new UnknownOrderException("order \"%s\" is not known".formatted(orderId)));
    move(head, step.apply(head.progress()), reason);
  }

  /** Stores where a locked order goes, and publishes what that means to others. */
  void move(OrderRows.Head head, Progress next, @Nullable String reason) {
    Progress before = head.progress();
    if (next.equals(before)) {
      return;
    }
    boolean ends = next.state() != before.state() && reasonMatters(next.state());
    boolean asks = next.releaseAsked() && !before.releaseAsked();
    rows.store(head.orderId(), next, ends ? reason : null);
    if (next.endsChargedBack() && next.state() != before.state()) {
      rows.store(head.orderId(), next.to(OrderState.CHARGED_BACK), null);
    }
    if (asks) {
      outbox.request(
          head.orderId(),
          new ReleaseStock(head.orderId(), reasonOf(reason)),
          REPLY_TO,
          head.businessDate(),
          null);
    }
    if (next.state() != before.state()) {
      publish(head, next, reasonOf(reason));
    }
  }

  private static boolean reasonMatters(OrderState state) {
    return state == OrderState.REJECTED || state == OrderState.CANCELLED;
  }

  private static String reasonOf(@Nullable String reason) {
    return reason == null ? "no reason given" : reason;
  }

  private void publish(OrderRows.Head head, Progress now, String reason) {
    switch (now.state()) {
      case CONFIRMED -> publish(head, confirmed(head));
      case REJECTED ->
          publish(
              head,
              new OrderRejected(
                  head.orderId(),
                  head.customerId(),
                  customerOf(head).email(),
                  now.stock() == StockState.REJECTED
                      ? OrderRejected.Cause.STOCK
                      : OrderRejected.Cause.PAYMENT,
                  reason));
      case CANCELLED ->
          publish(
              head,
              new OrderCancelled(
                  head.orderId(), head.customerId(), customerOf(head).email(), reason));
      default -> {
        // Warehouse, shipping and payment have said the others themselves.
      }
    }
  }

  private void publish(OrderRows.Head head, Object payload) {
    outbox.publish(head.orderId(), payload, head.businessDate());
  }

  private OrderConfirmed confirmed(OrderRows.Head head) {
    Catalog.Customer customer = customerOf(head);
    List<OrderLine> lines = rows.lines(head.orderId());
    BigDecimal total = NewOrderCheck.total(lines);
    return new OrderConfirmed(
        head.orderId(),
        head.customerId(),
        customer.name(),
        customer.email(),
        customer.address(),
        lines,
        total);
  }

  private Catalog.Customer customerOf(OrderRows.Head head) {
    return catalog
        .customer(head.customerId())
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "customer \"%s\" of order \"%s\" is not in published.customer"
                        .formatted(head.customerId(), head.orderId())));
  }
}
