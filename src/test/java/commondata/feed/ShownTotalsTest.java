package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A total that is declared and the one that is computed can be compared by eye. */
final class ShownTotalsTest {

  private static final String PRICES =
      """
      format: csv
      staging: staging.t
      columns:
        - {name: price, type: decimal}
      trailer:
        mark: "#T"
        columns:
          - {name: total, type: decimal, scale: %d}
        control:
          - {declared: total, computed: sum, of: price}
      """;

  @ParameterizedTest
  @CsvSource({"1, 16.30, 6.00", "2, 16.30, 6.00", "3, 16.300, 6.000"})
  void showsBothTotalsWithAsManyDecimals(int scale, String declared, String computed) {
    byte[] content = "price\n6.00\n#T,16.3\n".getBytes(StandardCharsets.UTF_8);

    ReadFile file = ReadFile.of(PRICES.formatted(scale), content, 1_000_000);

    assertThat(file.errors())
        .extracting(FileError::message)
        .containsExactly(
            "the trailer declares %s as the sum of price, the records give %s"
                .formatted(declared, computed));
    assertThat(file.whole().control())
        .contains("\"declared\":{\"total\":%s}".formatted(declared))
        .contains("\"computed\":{\"total\":%s}".formatted(computed));
  }
}
