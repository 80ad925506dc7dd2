package musiccorp.payment;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DecisionTest {

  @Test
  void takesTheMoneyOfWhoeverIsNotFlagged() {
    assertThat(Decision.of("card-ok", null)).isEqualTo(new Decision.Receive());
  }

  @Test
  void holdsThePaymentOfAFlaggedCustomer() {
    assertThat(Decision.of("card-ok", "AMOUNT: 700.00 on one order"))
        .isEqualTo(new Decision.Hold("AMOUNT: 700.00 on one order"));
  }

  @Test
  void refusesADeclinedCardWhoeverHoldsIt() {
    assertThat(Decision.of("card-declined", "AMOUNT"))
        .isEqualTo(new Decision.Refuse("the card was declined"));
  }
}
