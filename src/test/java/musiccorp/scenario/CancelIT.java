package musiccorp.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import musiccorp.order.CancelResult;
import musiccorp.order.NewOrder.Line;
import musiccorp.order.OrderState;
import musiccorp.payment.HeldResult;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import testkit.TestDatabase;

/** Cancelling and charging back, in each state; afterwards money and stock add up. */
final class CancelIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @SuppressWarnings("NullAway.Init")
  static Company company;

  @BeforeAll
  static void open(@TempDir Path home) {
    company = new Company(DATABASE, home);
  }

  @AfterAll
  static void everythingAddsUp() {
    company.settle();
    company.assertContract();
    company.assertBooksAddUp();
    company.close();
  }

  @Test
  void cancelsBeforeAnybodyHasAnswered() {
    String sku = company.anItem("5.00", 5);
    String order = company.place(company.aCustomer(), "card-ok", new Line(sku, 2));

    assertThat(company.cancel(order)).isEqualTo(new CancelResult.Cancelled(order));
    assertThat(company.cancel(order)).isEqualTo(new CancelResult.AlreadyCancelled(order));
    company.settle();

    assertThat(company.order(order).state()).isEqualTo(OrderState.CANCELLED);
    assertThat(company.paymentState(order)).isEqualTo("REFUNDED");
    assertThat(company.money(order)).isEqualByComparingTo("0");
    assertThat(company.stock(sku)).isEqualTo("5/0");
    assertThat(company.eventsOf(order)).doesNotContain("order.confirmed", "order.packaged");
  }

  @Test
  void cancelsWhileThePaymentIsHeld() {
    String sku = company.anItem("5.00", 5);
    String customer = company.aCustomer();
    company.flag(customer);
    String order = company.place(customer, "card-ok", new Line(sku, 2));
    company.settle();

    company.cancel(order);
    company.settle();

    assertThat(company.paymentState(order)).isEqualTo("CANCELLED");
    assertThat(company.heldPayments.release(order, "ann"))
        .isEqualTo(new HeldResult.NotHeld(order, "CANCELLED"));
    assertThat(company.stock(sku)).isEqualTo("5/0");
  }

  @Test
  void releaseThatCrossesACancelIsRefunded() {
    String sku = company.anItem("5.00", 5);
    String customer = company.aCustomer();
    company.flag(customer);
    String order = company.place(customer, "card-ok", new Line(sku, 2));
    company.settle();

    company.cancel(order);
    company.heldPayments.release(order, "ann");
    company.settle();

    assertThat(company.order(order).state()).isEqualTo(OrderState.CANCELLED);
    assertThat(company.paymentState(order)).isEqualTo("REFUNDED");
    assertThat(company.money(order)).isEqualByComparingTo("0");
  }

  @Test
  void cancelsAConfirmedOrderThatIsNotPackedYet() {
    String sku = company.anItem("5.00", 5);
    String order = confirmed(sku);

    assertThat(company.cancel(order)).isEqualTo(new CancelResult.Asked(order));
    assertThat(company.cancel(order)).isEqualTo(new CancelResult.Asked(order));
    assertThat(company.order(order).state()).isEqualTo(OrderState.CONFIRMED);
    company.settle();

    assertThat(company.order(order).state()).isEqualTo(OrderState.CANCELLED);
    assertThat(company.order(order).reason()).isEqualTo("changed my mind");
    assertThat(company.paymentState(order)).isEqualTo("REFUNDED");
    assertThat(company.stock(sku)).isEqualTo("5/0");
    assertThat(company.eventsOf(order))
        .containsOnlyOnce("stock.release")
        .doesNotContain("order.packaged");
  }

  @Test
  void packingWinsWhenItComesFirst() {
    String sku = company.anItem("5.00", 5);
    String order = confirmed(sku);
    company.tick("warehouse");

    assertThat(company.cancel(order)).isEqualTo(new CancelResult.Asked(order));
    company.settle();

    assertThat(company.order(order).state()).isEqualTo(OrderState.PACKED);
    assertThat(company.eventsOf(order)).contains("stock.release-refused");
    assertThat(company.cancel(order)).isEqualTo(new CancelResult.TooLate(order, OrderState.PACKED));
    assertThat(company.stock(sku)).isEqualTo("3/0");
    assertThat(company.money(order)).isEqualByComparingTo("10.00");
  }

  @Test
  void cancelsNothingThatHasEnded() {
    String sku = company.anItem("5.00", 5);
    String rejected = company.place(company.aCustomer(), "card-declined", new Line(sku, 1));
    company.settle();

    assertThat(company.cancel(rejected))
        .isEqualTo(new CancelResult.TooLate(rejected, OrderState.REJECTED));
    assertThat(company.cancel("o-none")).isEqualTo(new CancelResult.NotFound("o-none"));
    assertThat(company.cancel("o-\0")).isInstanceOf(CancelResult.NotFound.class);
  }

  @Test
  void chargesBackADeliveredOrder() {
    String sku = company.anItem("5.00", 5);
    String order = confirmed(sku);
    company.settle();
    company.deliver(order);
    company.settle();

    company.chargeBack(order);
    company.settle();

    assertThat(company.order(order).state()).isEqualTo(OrderState.CHARGED_BACK);
    assertThat(company.money(order)).isEqualByComparingTo("0");
    assertThat(
            company.texts("SELECT customer_id FROM fraud.charge_back WHERE order_id = :id", order))
        .containsExactly(company.order(order).customerId());
    assertThat(company.mailSubjects(order))
        .contains("Your bank took back the payment of order %s".formatted(order));
  }

  @Test
  void chargesBackAnOrderOnItsWayWhenItIsDelivered() {
    String sku = company.anItem("5.00", 5);
    String order = confirmed(sku);
    company.settle();

    company.chargeBack(order);
    company.settle();
    assertThat(company.order(order).state()).isEqualTo(OrderState.PACKED);
    company.deliver(order);
    company.settle();

    assertThat(company.order(order).state()).isEqualTo(OrderState.CHARGED_BACK);
  }

  @Test
  void doesNotPackWhatTheBankHasTakenBack() {
    String sku = company.anItem("5.00", 5);
    String order = confirmed(sku);

    company.chargeBack(order);
    company.tick("order");
    company.settle();

    assertThat(company.order(order).state()).isEqualTo(OrderState.CANCELLED);
    assertThat(company.order(order).reason()).isEqualTo("not recognised");
    assertThat(company.stock(sku)).isEqualTo("5/0");
    assertThat(company.eventsOf(order)).doesNotContain("payment.refunded");
  }

  private static String confirmed(String sku) {
    String order = company.place(company.aCustomer(), "card-ok", new Line(sku, 2));
    company.tick("payment");
    company.tick("warehouse");
    company.tick("order");
    assertThat(company.order(order).state()).isEqualTo(OrderState.CONFIRMED);
    return order;
  }
}
