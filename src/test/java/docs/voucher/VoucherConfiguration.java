package docs.voucher;

import commondata.database.Database;
import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.subscription.Subscription;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the voucher service runs. */
@Configuration(proxyBeanMethods = false)
public class VoucherConfiguration {

  public static final String LOGIN = "voucher_service";

  @Bean
  Subscription voucherSubscription(Database database, EventCodec codec) {
    return subscription(database.login(LOGIN), codec);
  }

  @Bean
  Subscription welcomeSubscription(Database database, EventCodec codec) {
    return welcome(database.login(LOGIN), codec);
  }

  public static Subscription subscription(Login login, EventCodec codec) {
    VoucherHandlers handlers = new VoucherHandlers(login, codec);
    return Subscription.named("voucher")
        .login(LOGIN)
        .on(Rejected.class, handlers::onRejected)
        .build();
  }

  public static Subscription welcome(Login login, EventCodec codec) {
    VoucherHandlers handlers = new VoucherHandlers(login, codec);
    return Subscription.named("voucher-welcome")
        .login(LOGIN)
        .onBatch(handlers::onRegistered)
        .build();
  }
}
