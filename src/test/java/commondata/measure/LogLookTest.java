package commondata.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class LogLookTest {

  @Test
  void dividesTheGrowthOfTheWalByThatOfTheLog() {
    assertThat(look(7_000, 14).walBytesPerEvent(look(6_000, 10))).isEqualTo(250);
  }

  @Test
  void saysNothingWithoutEventsOrAnEarlierLook() {
    assertThat(look(7_000, 10).walBytesPerEvent(look(6_000, 10))).isZero();
    assertThat(look(7_000, 14).walBytesPerEvent(LogLook.NOTHING)).isZero();
  }

  private static LogLook look(double bytes, double events) {
    return new LogLook(Map.of(LogMeasures.WAL_BYTES, bytes, LogMeasures.EVENTS, events));
  }
}
