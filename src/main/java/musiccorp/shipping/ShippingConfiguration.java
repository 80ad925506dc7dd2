package musiccorp.shipping;

import commondata.database.Database;
import commondata.database.Login;
import commondata.subscription.Subscription;
import musiccorp.contract.OrderPackaged;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the shipping service runs besides its files. */
@Configuration(proxyBeanMethods = false)
public final class ShippingConfiguration {

  private static final String LOGIN = "shipping_service";

  @Bean
  Subscription shippingSubscription(Database database) {
    return subscription(database.login(LOGIN));
  }

  static Subscription subscription(Login login) {
    Labels labels = new Labels(login);
    return Subscription.named("shipping")
        .login(LOGIN)
        .on(OrderPackaged.class, labels::onPackaged)
        .build();
  }
}
