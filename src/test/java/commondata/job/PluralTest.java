package commondata.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PluralTest {

  @ParameterizedTest
  @CsvSource({"0, records, records are", "1, record, record is", "2, records, records are"})
  void onlyOneIsNotMany(long count, String noun, String withVerb) {
    assertThat(Plural.of(count, "record")).isEqualTo(noun);
    assertThat(Plural.of(count, "record is", "records are")).isEqualTo(withVerb);
  }
}
