package commondata.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDate;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NamePatternTest {

  private static final String BANK =
      "returns-(?<business_date>[0-9-]+)_(?<sequence>[0-9A-Z]+)\\.txt";

  private static NamePattern pattern(String regex) {
    String yaml =
        """
        id: bank
        owner: payment_service
        source:
          feed: bank
          layout: layout.yaml
          name: '%s'
        steps:
          - sql: merge.sql
        """
            .formatted(regex);
    JobFolder folder =
        new JobFolder("bank", "jobs/bank", file -> file.equals("job.yaml") ? yaml : "SELECT 1");
    Source source = Objects.requireNonNull(JobYaml.read(folder).source());
    return Objects.requireNonNull(source.name());
  }

  @ParameterizedTest
  @CsvSource({
    "returns-20261120_000007.txt, 2026-11-20, 7",
    "returns-2026-11-20_7.txt, 2026-11-20, 7",
    "returns-20261120_999999999999999999.txt, 2026-11-20, 999999999999999999"
  })
  void saysDayAndNumber(String name, LocalDate businessDate, long sequence) {
    assertThat(pattern(BANK).read(name)).isEqualTo(new FileName(sequence, businessDate, null));
  }

  @ParameterizedTest
  @CsvSource({
    "returns-20261120_7.txt.old, does not match source.name",
    "old-returns-20261120_7.txt, does not match source.name",
    "returns-20260230_7.txt, 'has \"20260230\" as its business date'",
    "returns-2026-1120_7.txt, 'has \"2026-1120\" as its business date'",
    "returns-20261120_0.txt, 'has \"0\" as its sequence, expected a number from 1'",
    "returns-20261120_7A.txt, 'has \"7A\" as its sequence'",
    "returns-20261120_1000000000000000000.txt, as its sequence"
  })
  void saysWhyANameIsRefused(String name, String why) {
    assertThat(pattern(BANK).read(name).refusal()).contains("\"" + name + "\"", why);
  }

  @Test
  void refusesANameInWhichAGroupTookNoPart() {
    assertThat(pattern("f(-(?<sequence>\\d+))?").read("f").refusal())
        .contains("has \"\" as its sequence");
  }

  @Test
  void takesNamesThatSayNothing() {
    assertThat(pattern("[a-z]+\\(?\\.csv").read("a.csv")).isEqualTo(FileName.ANY);
  }

  @ParameterizedTest
  @CsvSource({
    "'f(?<seq>[0-9]+)', 'has a group \"seq\"; known are sequence, business_date'",
    "'f(?<sequence>[0-9]+', 'must be a regular expression, but is \"f(?<sequence>[0-9]+\": Unclosed'",
    "'(?<sequence>1)(?<sequence>2)', must be a regular expression"
  })
  void namesWhatIsWrongWithAPattern(String regex, String why) {
    assertThatThrownBy(() -> pattern(regex))
        .isInstanceOf(DefinitionException.class)
        .hasMessageStartingWith("jobs/bank/job.yaml, line 6: key \"source.name\" ")
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource({
    "'(?:(a|aa)+)+x', a",
    "'([0-9]+)*\\1x', 0",
    "'.*-.*-.*-.*\\.csv', -",
    "'(a{1,3}){1,90}x', a"
  })
  void givesUpOnANameThatKeepsAPatternBusy(String regex, String part) {
    assertThat(pattern(regex).read(part.repeat(199) + "!").refusal())
        .contains("can't be told within 1000000 looks");
  }
}
