package musiccorp.warehouse;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.subscription.Subscription;
import musiccorp.contract.ItemListed;
import musiccorp.contract.OrderCancelled;
import musiccorp.contract.OrderConfirmed;
import musiccorp.contract.OrderRejected;
import musiccorp.contract.ReleaseStock;
import musiccorp.contract.ReserveStock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the warehouse service runs. */
@Configuration(proxyBeanMethods = false)
public final class WarehouseConfiguration {

  private static final String LOGIN = "warehouse_service";

  @Bean
  Subscription warehouseSubscription(Database database, EventCodec codec) {
    return subscription(database.login(LOGIN), codec);
  }

  static Subscription subscription(Login login, EventCodec codec) {
    WarehouseHandlers handlers = new WarehouseHandlers(login, codec);
    return Subscription.named("warehouse")
        .login(LOGIN)
        .on(ItemListed.class, (p, e) -> handlers.onListed(p))
        .on(ReserveStock.class, handlers::onReserve)
        .on(OrderConfirmed.class, (p, e) -> handlers.onConfirmed(p))
        .on(ReleaseStock.class, handlers::onRelease)
        .on(OrderCancelled.class, (p, e) -> handlers.onEnded(p.orderId(), p.reason()))
        .on(OrderRejected.class, (p, e) -> handlers.onEnded(p.orderId(), p.reason()))
        .build();
  }
}
