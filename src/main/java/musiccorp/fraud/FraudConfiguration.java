package musiccorp.fraud;

import commondata.database.Database;
import commondata.database.Login;
import commondata.subscription.Subscription;
import musiccorp.contract.CustomerRegistered;
import musiccorp.contract.PaymentChargedBack;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the fraud service runs besides the job fraud-flags. */
@Configuration(proxyBeanMethods = false)
public final class FraudConfiguration {

  private static final String LOGIN = "fraud_service";

  @Bean
  Subscription fraudSubscription(Database database) {
    return subscription(database.login(LOGIN));
  }

  static Subscription subscription(Login login) {
    FraudCopies copies = new FraudCopies(login);
    return Subscription.named("fraud")
        .login(LOGIN)
        .on(CustomerRegistered.class, copies::onRegistered)
        .on(PaymentChargedBack.class, copies::onChargedBack)
        .build();
  }
}
