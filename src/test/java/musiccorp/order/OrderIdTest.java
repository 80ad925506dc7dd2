package musiccorp.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Clock;
import org.junit.jupiter.api.Test;

final class OrderIdTest {

  @Test
  void fitsTheBanksReferenceFieldAndIsReadable() {
    assertThat(new OrderId(Clock.systemUTC()).next()).matches("o-[0-9a-hjkmnp-tv-z]{26}");
  }

  @Test
  void sortsByTime() {
    BigInteger most = BigInteger.ONE.shiftLeft(80).subtract(BigInteger.ONE);

    assertThat(OrderId.encode(1_000, most)).isLessThan(OrderId.encode(1_001, BigInteger.ZERO));
    assertThat(OrderId.encode(0, BigInteger.ONE)).isEqualTo("o-00000000000000000000000001");
  }
}
