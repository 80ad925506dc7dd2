package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BusinessDateTest {

  @ParameterizedTest
  @CsvSource({
    "orders-2026-11-20.csv, 2026-11-20",
    "orders20261120.csv, 2026-11-20",
    "orders-99999999-20261120, 2026-11-20",
    "orders-2026-02-30.csv, 2000-01-01",
    "orders-2026-1120.csv, 2000-01-01",
    "orders-120261120.csv, 2000-01-01",
    "orders.csv, 2000-01-01"
  })
  void isTheFirstDateInTheName(String name, LocalDate expected) {
    assertThat(BusinessDate.ofName(name, LocalDate.of(2000, 1, 1))).isEqualTo(expected);
  }
}
