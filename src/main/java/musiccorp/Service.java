package musiccorp;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import musiccorp.fraud.FraudConfiguration;
import musiccorp.notification.NotificationConfiguration;
import musiccorp.order.OrderConfiguration;
import musiccorp.payment.PaymentConfiguration;
import musiccorp.shipping.ShippingConfiguration;
import musiccorp.warehouse.WarehouseConfiguration;
import org.jspecify.annotations.Nullable;

/** MusicCorp's services. They know nothing of each other; this is the only list of them. */
public enum Service {
  ORDER(OrderConfiguration.class),
  PAYMENT(PaymentConfiguration.class),
  FRAUD(FraudConfiguration.class),
  WAREHOUSE(WarehouseConfiguration.class),
  SHIPPING(ShippingConfiguration.class),
  NOTIFICATION(NotificationConfiguration.class),
  /** Filled by its feed alone. */
  CUSTOMER(null),
  /** Filled by its feed alone. */
  CATALOG(null);

  private final @Nullable Class<?> configuration;

  Service(@Nullable Class<?> configuration) {
    this.configuration = configuration;
  }

  /** What it runs besides its jobs, if anything. */
  public Optional<Class<?>> configuration() {
    return Optional.ofNullable(configuration);
  }

  /** The service of that name, in lower case as in {@code --services}. */
  public static Optional<Service> named(String name) {
    return Arrays.stream(values()).filter(s -> s.word().equals(name)).findFirst();
  }

  /** Every name, for messages. */
  public static List<String> names() {
    return Arrays.stream(values()).map(Service::word).toList();
  }

  /** Login of the service's own. */
  public String login() {
    return word() + "_service";
  }

  private String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
