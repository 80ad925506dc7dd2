package commondata.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RejectLimitTest {

  @ParameterizedTest
  @CsvSource({
    "1000, 0.29, 29, 100, true",
    "1000, 0.29, 30, 100, false",
    "1000, 0.07, 7, 100, true",
    "1000, 0.001, 1, 1000, true",
    "1000, 0.001, 2, 1999, false",
    "28, 0.29, 29, 100, false",
    "1000, 0, 0, 0, true",
    "1000, 1, 1000, 1000, true"
  })
  void countsAsItIsWritten(long max, double maxRatio, long rejected, long records, boolean allows) {
    assertThat(new RejectLimit(max, maxRatio, false).allows(rejected, records)).isEqualTo(allows);
  }
}
