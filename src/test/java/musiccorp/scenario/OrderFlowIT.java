package musiccorp.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import musiccorp.contract.StockReserved;
import musiccorp.order.NewOrder;
import musiccorp.order.NewOrder.Line;
import musiccorp.order.OrderState;
import musiccorp.order.PlaceResult;
import musiccorp.payment.HeldResult;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import testkit.TestDatabase;

/** What happens to an order, from the counter to the mail. */
final class OrderFlowIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @SuppressWarnings("NullAway.Init")
  static Path home;

  @SuppressWarnings("NullAway.Init")
  static Company company;

  @BeforeAll
  static void open(@TempDir Path directory) {
    home = directory;
    company = new Company(DATABASE, directory);
  }

  @AfterAll
  static void everythingAddsUp() {
    company.assertContract();
    company.assertBooksAddUp();
    company.close();
  }

  @Test
  void deliversAnOrder() {
    String sku = company.anItem("9.99", 10);
    String order = company.place(company.aCustomer(), "card-ok", new Line(sku, 2));
    company.settle();

    assertThat(company.order(order).state()).isEqualTo(OrderState.PACKED);
    assertThat(company.stock(sku)).isEqualTo("8/0");

    company.deliver(order);
    company.settle();

    assertThat(company.order(order).state()).isEqualTo(OrderState.DELIVERED);
    assertThat(company.money(order)).isEqualByComparingTo("19.98");
    assertThat(company.eventsOf(order))
        .containsExactlyInAnyOrder(
            "order.placed",
            "stock.reserve",
            "payment.received",
            "stock.reserved",
            "order.confirmed",
            "order.packaged",
            "order.shipped",
            "order.delivered");
    assertThat(company.mailSubjects(order))
        .containsExactly(
            "Your order %s is packed".formatted(order),
            "Your order %s is delivered".formatted(order));
    assertThat(home.resolve("drop/mail/outgoing")).isDirectoryContaining("glob:**.eml");
  }

  @Test
  void joinsPaymentAndStockInEitherOrder() {
    String sku = company.anItem("1.00", 10);
    String customer = company.aCustomer();
    company.tick("warehouse");

    String paidFirst = company.place(customer, "card-ok", new Line(sku, 1));
    company.tick("payment");
    company.tick("order");
    assertThat(company.order(paidFirst).state()).isEqualTo(OrderState.PLACED);
    company.tick("warehouse");
    company.tick("order");
    assertThat(company.order(paidFirst).state()).isEqualTo(OrderState.CONFIRMED);

    String reservedFirst = company.place(customer, "card-ok", new Line(sku, 1));
    company.tick("warehouse");
    company.tick("order");
    assertThat(company.order(reservedFirst).state()).isEqualTo(OrderState.PLACED);
    company.tick("payment");
    company.tick("order");

    assertThat(company.order(reservedFirst).state()).isEqualTo(OrderState.CONFIRMED);
    company.settle();
  }

  @Test
  void rejectsAnOrderWhenStockRunsOutAndGivesTheMoneyBack() {
    String plenty = company.anItem("5.00", 100);
    String scarce = company.anItem("2.00", 3);
    String customer = company.aCustomer();
    company.settle();
    String first = company.place(customer, "card-ok", new Line(scarce, 2));
    company.settle();
    String second =
        company.place(
            customer, "card-ok", new Line(plenty, 1), new Line(scarce, 1), new Line(scarce, 1));
    company.settle();

    assertThat(company.order(first).state()).isEqualTo(OrderState.PACKED);
    assertThat(company.order(second).state()).isEqualTo(OrderState.REJECTED);
    assertThat(company.order(second).reason())
        .isEqualTo("sku \"%s\": 2 wanted, 1 left".formatted(scarce));
    assertThat(company.paymentState(second)).isEqualTo("REFUNDED");
    assertThat(company.money(second)).isEqualByComparingTo("0");
    assertThat(company.stock(plenty)).isEqualTo("100/0");
    assertThat(company.stock(scarce)).isEqualTo("1/0");
  }

  @Test
  void rejectsAnOrderWhoseCardIsDeclinedAndFreesItsStock() {
    String sku = company.anItem("5.00", 5);
    String order = company.place(company.aCustomer(), "card-declined", new Line(sku, 5));
    company.tick("warehouse");
    assertThat(company.stock(sku)).isEqualTo("5/5");
    company.settle();

    assertThat(company.order(order).state()).isEqualTo(OrderState.REJECTED);
    assertThat(company.stock(sku)).isEqualTo("5/0");
    assertThat(company.eventsOf(order)).doesNotContain("payment.refunded");
    assertThat(company.mailSubjects(order))
        .containsExactly("We can't take your order %s".formatted(order));
  }

  @Test
  void holdsThePaymentOfAFlaggedCustomerUntilItIsReleased() {
    String sku = company.anItem("5.00", 5);
    String customer = company.aCustomer();
    company.flag(customer);
    String order = company.place(customer, "card-ok", new Line(sku, 1));
    company.settle();

    assertThat(company.order(order).state()).isEqualTo(OrderState.PLACED);
    assertThat(company.heldPayments.list())
        .filteredOn(held -> held.orderId().equals(order))
        .singleElement()
        .satisfies(held -> assertThat(held.reason()).isEqualTo("VELOCITY: 12 orders on one day"));

    assertThat(company.heldPayments.release(order, "ann"))
        .isEqualTo(new HeldResult.Released(order));
    assertThat(company.heldPayments.release(order, "ann"))
        .isEqualTo(new HeldResult.NotHeld(order, "RECEIVED"));
    company.settle();

    assertThat(company.order(order).state()).isEqualTo(OrderState.PACKED);
    assertThat(company.money(order)).isEqualByComparingTo("5.00");
  }

  @Test
  void rejectsAnOrderWhoseHeldPaymentIsRefused() {
    String sku = company.anItem("5.00", 5);
    String customer = company.aCustomer();
    company.flag(customer);
    String order = company.place(customer, "card-ok", new Line(sku, 1));
    company.settle();

    assertThat(company.heldPayments.refuse(order, "ann", "stolen card"))
        .isEqualTo(new HeldResult.Refused(order));
    company.settle();

    assertThat(company.order(order).state()).isEqualTo(OrderState.REJECTED);
    assertThat(company.order(order).reason()).isEqualTo("stolen card");
    assertThat(company.stock(sku)).isEqualTo("5/0");
    assertThat(company.heldPayments.refuse("o-none", "ann", "why not"))
        .isEqualTo(new HeldResult.NotFound("o-none"));
  }

  @Test
  void waitsForAnItemThatTheCatalogHasAndTheWarehouseNotYet() {
    String sku = company.onlyInCatalog("5.00");
    String order = company.place(company.aCustomer(), "card-ok", new Line(sku, 1));
    company.settle();
    assertThat(company.order(order).state()).isEqualTo(OrderState.PLACED);

    company.list(sku, "5.00", 7);

    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              company.settle();
              assertThat(company.order(order).state()).isEqualTo(OrderState.PACKED);
            });
    assertThat(company.stock(sku)).isEqualTo("6/0");
  }

  @Test
  void takesTheSameAnswerTwiceWithoutEffect() {
    String sku = company.anItem("5.00", 5);
    String order = company.place(company.aCustomer(), "card-ok", new Line(sku, 1));
    company.settle();
    company.publish("warehouse_service", order, new StockReserved(order));
    company.settle();

    assertThat(company.order(order).state()).isEqualTo(OrderState.PACKED);
    assertThat(company.eventsOf(order)).containsOnlyOnce("order.confirmed");
  }

  @Test
  void placesOneOrderForManyCallsWithTheSameKey() {
    NewOrder order =
        new NewOrder(
            company.aCustomer(),
            "card-ok",
            List.of(new Line(company.anItem("5.00", 50), 1)),
            NewOrder.Channel.REST,
            "one-key",
            Company.TODAY);

    List<PlaceResult> results =
        IntStream.range(0, 8).parallel().mapToObj(call -> company.orders.place(order)).toList();

    assertThat(results).filteredOn(PlaceResult.Placed.class::isInstance).hasSize(1);
    assertThat(results).filteredOn(PlaceResult.AlreadyPlaced.class::isInstance).hasSize(7);
    company.settle();
  }

  @Test
  void refusesAnIllegalChangeOfStateInTheDatabase() {
    String sku = company.anItem("5.00", 5);
    String order = company.place(company.aCustomer(), "card-ok", new Line(sku, 1));
    company.deliver(order);
    for (int attempt = 0; attempt < 5; attempt++) {
      Awaitility.await()
          .until(() -> company.tick("order") || !company.deadLetters(order).isEmpty());
    }
    assertThat(company.deadLetters(order))
        .singleElement()
        .asString()
        .contains("order \"%s\" can't go from PLACED to SHIPPED".formatted(order));
  }
}
