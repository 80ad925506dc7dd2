package musiccorp.payment;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.subscription.Subscription;
import musiccorp.contract.OrderCancelled;
import musiccorp.contract.OrderPlaced;
import musiccorp.contract.OrderRejected;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the payment service runs. */
@Configuration(proxyBeanMethods = false)
public final class PaymentConfiguration {

  private static final String LOGIN = "payment_service";

  @Bean
  Subscription paymentSubscription(Database database, EventCodec codec) {
    return subscription(database.login(LOGIN), codec);
  }

  static Subscription subscription(Login login, EventCodec codec) {
    PaymentHandlers handlers = new PaymentHandlers(login, codec);
    return Subscription.named("payment")
        .login(LOGIN)
        .on(OrderPlaced.class, handlers::onPlaced)
        .on(OrderCancelled.class, (p, e) -> handlers.onEnded(p.orderId(), p.reason()))
        .on(OrderRejected.class, (p, e) -> handlers.onEnded(p.orderId(), p.reason()))
        .build();
  }
}
