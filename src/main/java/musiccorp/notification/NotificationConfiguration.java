package musiccorp.notification;

import commondata.database.Database;
import commondata.database.Login;
import commondata.home.Home;
import commondata.schedule.Poll;
import commondata.subscription.Subscription;
import java.nio.file.Path;
import musiccorp.contract.CustomerRegistered;
import musiccorp.contract.OrderCancelled;
import musiccorp.contract.OrderDelivered;
import musiccorp.contract.OrderPackaged;
import musiccorp.contract.OrderRejected;
import musiccorp.contract.PaymentChargedBack;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the notification service runs. */
@Configuration(proxyBeanMethods = false)
public final class NotificationConfiguration {

  private static final String LOGIN = "notification_service";

  @Bean
  Subscription notificationSubscription(Database database) {
    return subscription(database.login(LOGIN));
  }

  @Bean
  Poll mailWriter(Database database, Home home) {
    return mailWriter(database.login(LOGIN), home.drop());
  }

  static Poll mailWriter(Login login, Path drop) {
    return new MailWriter(login, drop.resolve("mail").resolve("outgoing"));
  }

  static Subscription subscription(Login login) {
    MailHandlers handlers = new MailHandlers(login);
    return Subscription.named("notification")
        .login(LOGIN)
        .on(CustomerRegistered.class, (p, e) -> handlers.onRegistered(p))
        .on(OrderPackaged.class, handlers::onPackaged)
        .on(OrderDelivered.class, handlers::onDelivered)
        .on(OrderRejected.class, handlers::onRejected)
        .on(OrderCancelled.class, handlers::onCancelled)
        .on(PaymentChargedBack.class, handlers::onChargedBack)
        .build();
  }
}
