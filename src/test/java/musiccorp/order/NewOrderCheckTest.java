package musiccorp.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.List;
import musiccorp.contract.OrderLine;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class NewOrderCheckTest {

  private static final NewOrder.Line LINE = new NewOrder.Line("s-1", 1);

  @Test
  void passesAnOrdinaryOrder() {
    assertThat(codes(anOrder("card-ok", List.of(LINE, LINE), "k-1"))).isEmpty();
    assertThat(codes(anOrder("card-ok", Collections.nCopies(100, LINE), null))).isEmpty();
  }

  @Test
  void saysEverythingThatIsWrong() {
    NewOrder order =
        anOrder(" ", List.of(new NewOrder.Line("s-1", 0), new NewOrder.Line("s\0", 10_001)), "");

    assertThat(codes(order))
        .containsExactly(
            "bad-payment-method",
            "bad-idempotency-key",
            "bad-quantity",
            "bad-quantity",
            "bad-character");
  }

  @Test
  void limitsTheNumberOfLines() {
    assertThat(codes(anOrder("card-ok", List.of(), null))).containsExactly("no-lines");
    assertThat(codes(anOrder("card-ok", Collections.nCopies(101, LINE), null)))
        .containsExactly("too-many-lines");
  }

  @Test
  void addsUpExactly() {
    OrderLine line = new OrderLine(1, "s-1", "Blue", 3, new BigDecimal("0.10"));

    assertThat(NewOrderCheck.total(List.of(line, line))).isEqualTo(new BigDecimal("0.60"));
  }

  private static NewOrder anOrder(
      String paymentMethod, List<NewOrder.Line> lines, @Nullable String key) {
    return new NewOrder("c-1", paymentMethod, lines, NewOrder.Channel.CLI, key, null);
  }

  private static List<String> codes(NewOrder order) {
    return NewOrderCheck.errorsOf(order).stream().map(PlaceResult.Problem::code).toList();
  }
}
