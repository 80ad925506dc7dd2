package musiccorp.order;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.subscription.Subscription;
import musiccorp.contract.OrderDelivered;
import musiccorp.contract.OrderPackaged;
import musiccorp.contract.OrderShipped;
import musiccorp.contract.PaymentChargedBack;
import musiccorp.contract.PaymentHeld;
import musiccorp.contract.PaymentReceived;
import musiccorp.contract.PaymentRefunded;
import musiccorp.contract.PaymentRefused;
import musiccorp.contract.StockRejected;
import musiccorp.contract.StockReleaseRefused;
import musiccorp.contract.StockReleased;
import musiccorp.contract.StockReserved;
import musiccorp.order.Order.PaymentState;
import musiccorp.order.Order.StockState;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the order service runs: REST for customers, and its subscription. */
@Configuration(proxyBeanMethods = false)
public final class OrderConfiguration {

  private static final String LOGIN = "order_service";

  @Bean
  Orders orders(Database database, EventCodec codec) {
    return new Orders(database.login(LOGIN), codec);
  }

  @Bean
  OrderController orderController(Orders orders) {
    return new OrderController(orders);
  }

  @Bean
  Problems problems() {
    return new Problems();
  }

  @Bean
  Subscription orderSubscription(Database database, EventCodec codec) {
    return subscription(database.login(LOGIN), codec);
  }

  static Subscription subscription(Login login, EventCodec codec) {
    OrderFlow flow = new OrderFlow(login, codec);
    return Subscription.named("order")
        .login(LOGIN)
        .on(PaymentReceived.class, (p, e) -> flow.payment(p.orderId(), PaymentState.PAID, null))
        .on(PaymentHeld.class, (p, e) -> flow.payment(p.orderId(), PaymentState.HELD, null))
        .on(
            PaymentRefused.class,
            (p, e) -> flow.payment(p.orderId(), PaymentState.REFUSED, p.reason()))
        .on(PaymentRefunded.class, (p, e) -> flow.payment(p.orderId(), PaymentState.REFUNDED, null))
        .on(
            PaymentChargedBack.class,
            (p, e) -> flow.payment(p.orderId(), PaymentState.CHARGED_BACK, p.reason()))
        .on(StockReserved.class, (p, e) -> flow.stock(p.orderId(), StockState.RESERVED, null))
        .on(StockRejected.class, (p, e) -> flow.stock(p.orderId(), StockState.REJECTED, p.reason()))
        .on(StockReleased.class, (p, e) -> flow.released(p.orderId(), p.reason()))
        .on(StockReleaseRefused.class, (p, e) -> flow.releaseRefused(p.orderId()))
        .on(OrderPackaged.class, (p, e) -> flow.moved(p.orderId(), OrderState.PACKED))
        .on(OrderShipped.class, (p, e) -> flow.moved(p.orderId(), OrderState.SHIPPED))
        .on(OrderDelivered.class, (p, e) -> flow.moved(p.orderId(), OrderState.DELIVERED))
        .build();
  }
}
