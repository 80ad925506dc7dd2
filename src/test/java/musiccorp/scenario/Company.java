package musiccorp.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.database.Database;
import commondata.event.EventCodec;
import commondata.event.Outbox;
import commondata.event.PayloadCheck;
import commondata.home.Home;
import commondata.schedule.Poll;
import commondata.subscription.PollOutcome;
import commondata.subscription.Poller;
import commondata.subscription.Sequencer;
import commondata.subscription.Subscription;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import musiccorp.contract.ContractSchemas;
import musiccorp.contract.CustomerRegistered;
import musiccorp.contract.ItemListed;
import musiccorp.contract.OrderDelivered;
import musiccorp.contract.OrderShipped;
import musiccorp.contract.PaymentChargedBack;
import musiccorp.fraud.FraudConfiguration;
import musiccorp.notification.NotificationConfiguration;
import musiccorp.order.CancelResult;
import musiccorp.order.NewOrder;
import musiccorp.order.Order;
import musiccorp.order.OrderConfiguration;
import musiccorp.order.Orders;
import musiccorp.order.PlaceResult;
import musiccorp.payment.HeldPayments;
import musiccorp.payment.PaymentConfiguration;
import musiccorp.shipping.ShippingConfiguration;
import musiccorp.warehouse.WarehouseConfiguration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import testkit.TestDatabase;

/** MusicCorp with clocks that a test turns by hand; carrier and bank included. */
final class Company implements AutoCloseable {

  static final LocalDate TODAY = LocalDate.of(2026, 11, 20);

  private static final int BATCH_SIZE = 50;
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final TestDatabase database;
  private final AnnotationConfigApplicationContext context;
  private final Map<String, Poller> pollers = new LinkedHashMap<>();
  private final EventCodec codec = new EventCodec(new PayloadCheck());
  final Orders orders;
  final HeldPayments heldPayments;

  Company(TestDatabase database, Path home) {
    this.database = database;
    this.context = new AnnotationConfigApplicationContext();
    context.registerBean(Database.class, database::database);
    context.registerBean(EventCodec.class, () -> codec);
    context.registerBean(Home.class, () -> new Home(home));
    context.register(
        OrderConfiguration.class,
        PaymentConfiguration.class,
        WarehouseConfiguration.class,
        ShippingConfiguration.class,
        NotificationConfiguration.class,
        FraudConfiguration.class);
    context.refresh();
    Sequencer sequencer = new Sequencer(database.login("order_service"), 0);
    for (Subscription subscription : context.getBeansOfType(Subscription.class).values()) {
      pollers.put(
          subscription.name(),
          new Poller(
              subscription,
              database.login(subscription.login()),
              codec,
              "test",
              BATCH_SIZE,
              sequencer));
    }
    orders = context.getBean(Orders.class);
    heldPayments = new HeldPayments(database.login("payment_service"), codec);
  }

  /** Turns every clock until nobody finds anything to do. */
  void settle() {
    boolean worked = true;
    while (worked) {
      worked = false;
      for (String name : pollers.keySet()) {
        worked |= tick(name);
      }
      worked |= context.getBean(Poll.class).pollOnce();
    }
  }

  /** Turns one service's clock until it finds nothing to do; returns whether it did anything. */
  boolean tick(String subscription) {
    Poller poller = Objects.requireNonNull(pollers.get(subscription), subscription);
    boolean worked = false;
    for (PollOutcome outcome = poller.pollOnce(); outcome.worked(); outcome = poller.pollOnce()) {
      worked |= outcome instanceof PollOutcome.Handled;
    }
    return worked;
  }

  String anItem(String price, int stock) {
    String sku = onlyInCatalog(price);
    list(sku, price, stock);
    tick("warehouse");
    return sku;
  }

  /** An item whose listing has not been published yet. */
  String onlyInCatalog(String price) {
    String sku = "sku-" + NUMBERS.incrementAndGet();
    database
        .login("catalog_service")
        .jdbc()
        .sql(
            """
            INSERT INTO catalog.item (
                sku,
                title,
                artist,
                album,
                genre,
                unit_price,
                initial_stock,
                file,
                line
            )
            VALUES (:sku, 'Blue in Green', 'Miles Davis', '', 'Jazz', :unit_price, 0, 1, 1)
            """)
        .param("sku", sku)
        .param("unit_price", new BigDecimal(price))
        .update();
    return sku;
  }

  void list(String sku, String price, int stock) {
    publish(
        "catalog_service",
        sku,
        new ItemListed(sku, "Blue in Green", "Miles Davis", new BigDecimal(price), stock));
  }

  String aCustomer() {
    String id = "c-" + NUMBERS.incrementAndGet();
    database
        .login("customer_service")
        .jdbc()
        .sql(
            """
            INSERT INTO customer.customer (
                customer_id,
                name,
                email,
                street,
                city,
                postal_code,
                country,
                file,
                line
            )
            VALUES (
                :customer_id,
                'Zoë Müller',
                'zoe@example.org',
                'Ringstr. 1',
                'Zürich',
                '',
                'Switzerland',
                1,
                1
            )
            """)
        .param("customer_id", id)
        .update();
    publish(
        "customer_service",
        id,
        new CustomerRegistered(id, "Zoë Müller", "zoe@example.org", "Switzerland"));
    tick("notification");
    return id;
  }

  void flag(String customerId) {
    database
        .login("fraud_service")
        .jdbc()
        .sql(
            """
            INSERT INTO fraud.flag (customer_id, rule, reason, business_date, run)
            VALUES (:customer_id, 'VELOCITY', '12 orders on one day', :business_date, 1)
            """)
        .param("customer_id", customerId)
        .param("business_date", TODAY)
        .update();
  }

  String place(String customerId, String paymentMethod, NewOrder.Line... lines) {
    PlaceResult result =
        orders.place(
            new NewOrder(
                customerId, paymentMethod, List.of(lines), NewOrder.Channel.REST, null, TODAY));
    assertThat(result).isInstanceOf(PlaceResult.Placed.class);
    return ((PlaceResult.Placed) result).orderId();
  }

  CancelResult cancel(String orderId) {
    return orders.cancel(orderId, "changed my mind");
  }

  Order order(String orderId) {
    return orders.find(orderId).orElseThrow();
  }

  /** What the feed carrier-tracking does with two files. */
  void deliver(String orderId) {
    Order order = order(orderId);
    publish(
        "shipping_service",
        orderId,
        new OrderShipped(orderId, order.customerId(), "T-" + orderId, TODAY));
    publish(
        "shipping_service",
        orderId,
        new OrderDelivered(orderId, order.customerId(), "T-" + orderId, TODAY));
  }

  /** What the feed bank-returns does with a file. */
  void chargeBack(String orderId) {
    database
        .login("payment_service")
        .inTransactionDo(
            () -> {
              bookChargeBack(orderId);
              Order order = order(orderId);
              publish(
                  "payment_service",
                  orderId,
                  new PaymentChargedBack(
                      orderId, order.customerId(), order.total(), "not recognised"));
            });
  }

  private void bookChargeBack(String orderId) {
    database
        .login("payment_service")
        .jdbc()
        .sql(
            """
            WITH changed_payment AS (
                UPDATE payment.payment
                SET state = 'CHARGED_BACK', changed_at = clock_timestamp()
                WHERE order_id = :order_id
                RETURNING order_id, amount
            )
            INSERT INTO payment.entry (order_id, kind, amount)
            SELECT order_id, 'CHARGED_BACK', -amount
            FROM changed_payment
            """)
        .param("order_id", orderId)
        .update();
  }

  void publish(String login, String key, Object payload) {
    new Outbox(database.login(login), codec).publish(key, payload, TODAY);
  }

  List<String> eventsOf(String key) {
    return texts("SELECT type FROM commondata.outbox WHERE key = :id ORDER BY id", key);
  }

  String paymentState(String orderId) {
    return texts("SELECT state FROM payment.payment WHERE order_id = :id", orderId).get(0);
  }

  List<String> mailSubjects(String orderId) {
    return texts(
        "SELECT subject FROM notification.mail WHERE order_id = :id ORDER BY requested_at",
        orderId);
  }

  /** Sum of what came in and went back for an order. */
  BigDecimal money(String orderId) {
    return new BigDecimal(
        texts(
                "SELECT coalesce(sum(amount), 0.00)::text FROM payment.entry WHERE order_id = :id",
                orderId)
            .get(0));
  }

  /** On hand and reserved. */
  String stock(String sku) {
    return texts("SELECT on_hand || '/' || reserved FROM warehouse.stock WHERE sku = :id", sku)
        .get(0);
  }

  List<String> deadLetters(String key) {
    return texts("SELECT error_message FROM commondata.dead_letter WHERE key = :id", key);
  }

  List<String> texts(String sql, String id) {
    return database.superuser().sql(sql).param("id", id).query(String.class).list();
  }

  /** Every event ever published fits its schema. */
  void assertContract() {
    record Published(String type, int version, String payload) {}
    List<Published> events =
        database
            .superuser()
            .sql("SELECT type, version, payload::text AS payload FROM commondata.outbox")
            .query(Published.class)
            .list();
    assertThat(events)
        .isNotEmpty()
        .allSatisfy(
            event ->
                assertThat(
                        ContractSchemas.violations(event.type(), event.version(), event.payload()))
                    .as(event.payload())
                    .isEmpty());
  }

  /** Stock of every item is what its movements say, and no order holds money it should not. */
  void assertBooksAddUp() {
    assertThat(
            texts(
                """
                SELECT s.sku
                FROM warehouse.stock AS s
                LEFT JOIN warehouse.movement AS m ON m.sku = s.sku
                WHERE :id = 'all'
                GROUP BY s.sku, s.initial, s.on_hand, s.reserved
                HAVING s.on_hand
                        <> s.initial - coalesce(sum(m.quantity) FILTER (WHERE m.kind = 'PACK'), 0)
                    OR s.reserved <> coalesce(
                        sum(CASE m.kind WHEN 'RESERVE' THEN m.quantity ELSE -m.quantity END), 0)
                """,
                "all"))
        .isEmpty();
    assertThat(
            texts(
                """
                SELECT o.order_id || ' ' || o.state
                FROM orders.customer_order AS o
                LEFT JOIN payment.entry AS e ON e.order_id = o.order_id
                WHERE o.state <> 'PLACED'
                  AND :id = 'all'
                GROUP BY o.order_id, o.state, o.total
                HAVING coalesce(sum(e.amount), 0) <> CASE
                        WHEN o.state IN ('CONFIRMED', 'PACKED', 'SHIPPED', 'DELIVERED')
                        THEN o.total
                        ELSE 0
                    END
                """,
                "all"))
        .isEmpty();
  }

  @Override
  public void close() {
    context.close();
  }
}
