package musiccorp.order;

import static org.assertj.core.api.Assertions.assertThat;

import musiccorp.order.Order.PaymentState;
import musiccorp.order.Order.StockState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

final class ProgressTest {

  private static final Progress PLACED =
      new Progress(OrderState.PLACED, PaymentState.PENDING, StockState.PENDING, false);

  @Test
  void confirmsWhenPaidAndReservedInEitherOrder() {
    Progress paidFirst = PLACED.payment(PaymentState.PAID).stock(StockState.RESERVED);
    Progress reservedFirst = PLACED.stock(StockState.RESERVED).payment(PaymentState.PAID);

    assertThat(paidFirst).isEqualTo(reservedFirst);
    assertThat(paidFirst.state()).isEqualTo(OrderState.CONFIRMED);
  }

  @Test
  void waitsForTheSecondAnswer() {
    assertThat(PLACED.payment(PaymentState.PAID).state()).isEqualTo(OrderState.PLACED);
    assertThat(PLACED.stock(StockState.RESERVED).state()).isEqualTo(OrderState.PLACED);
    assertThat(PLACED.stock(StockState.RESERVED).payment(PaymentState.HELD).state())
        .isEqualTo(OrderState.PLACED);
  }

  @Test
  void rejectsOnTheFirstNo() {
    assertThat(PLACED.payment(PaymentState.REFUSED).state()).isEqualTo(OrderState.REJECTED);
    assertThat(PLACED.stock(StockState.REJECTED).state()).isEqualTo(OrderState.REJECTED);
  }

  @ParameterizedTest
  @EnumSource(
      value = OrderState.class,
      mode = Mode.EXCLUDE,
      names = {"PLACED"})
  void onlyNotesWhatComesLate(OrderState state) {
    Progress late = PLACED.to(state).payment(PaymentState.PAID).stock(StockState.RESERVED);

    assertThat(late).isEqualTo(new Progress(state, PaymentState.PAID, StockState.RESERVED, false));
  }

  @Test
  void cancelsWhatIsNotConfirmedAndAsksTheWarehouseForTheRest() {
    assertThat(PLACED.cancelled().state()).isEqualTo(OrderState.CANCELLED);
    assertThat(PLACED.to(OrderState.CONFIRMED).cancelled())
        .isEqualTo(
            new Progress(OrderState.CONFIRMED, PaymentState.PENDING, StockState.PENDING, true));
    assertThat(PLACED.to(OrderState.PACKED).cancelled()).isEqualTo(PLACED.to(OrderState.PACKED));
  }

  @Test
  void endsChargedBackWhicheverComesFirst() {
    Progress backFirst =
        PLACED.to(OrderState.SHIPPED).payment(PaymentState.CHARGED_BACK).to(OrderState.DELIVERED);
    Progress deliveredFirst = PLACED.to(OrderState.DELIVERED).payment(PaymentState.CHARGED_BACK);

    assertThat(backFirst.endsChargedBack()).isTrue();
    assertThat(deliveredFirst.state()).isEqualTo(OrderState.CHARGED_BACK);
  }

  @Test
  void chargeBackBeforePackingCancels() {
    assertThat(PLACED.payment(PaymentState.CHARGED_BACK).state()).isEqualTo(OrderState.CANCELLED);
    assertThat(PLACED.to(OrderState.CONFIRMED).payment(PaymentState.CHARGED_BACK).releaseAsked())
        .isTrue();
  }
}
