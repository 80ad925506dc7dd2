package commondata.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalDate;
import java.time.Period;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ExpectationTest {

  private static Source source(String more) {
    String yaml =
        """
        id: bank
        owner: payment_service
        source:
          feed: bank
          layout: layout.yaml
          %s
        steps:
          - sql: merge.sql
        """
            .formatted(more);
    JobFolder folder =
        new JobFolder("bank", "jobs/bank", file -> file.equals("job.yaml") ? yaml : "SELECT 1");
    return Objects.requireNonNull(JobYaml.read(folder).source());
  }

  private static Expectation expect(String keys) {
    return Objects.requireNonNull(
        source("expect: {" + keys + "}\n  name: '(?<business_date>\\d{8})'").expect());
  }

  @ParameterizedTest
  @CsvSource({
    "gb, 2026-11-27, true",
    "gb, 2026-11-28, false",
    "gb, 2026-12-25, false",
    "gb, 2026-12-28, false",
    "gb, 2026-11-30, true",
    "gb-sct, 2026-11-30, false",
    "de, 2026-12-28, true",
    "target, 2026-04-06, false"
  })
  void knowsBusinessDays(String calendar, LocalDate day, boolean expected) {
    assertThat(expect("cutoff: '05:15', calendar: " + calendar).calendar().isBusinessDay(day))
        .isEqualTo(expected);
  }

  @Test
  void takesEveryDayWithoutACalendar() {
    assertThat(expect("cutoff: '05:15'").calendar().isBusinessDay(LocalDate.of(2026, 12, 25)))
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "'cutoff: \"05:15\"', 2026-07-01, 2026-07-01T05:15:00Z",
    "'cutoff: \"05:15\", zone: Europe/London', 2026-07-01, 2026-07-01T04:15:00Z",
    "'cutoff: \"01:30\", zone: Europe/London', 2026-03-29, 2026-03-29T01:30:00Z",
    "'cutoff: \"05:15\", calendar: gb, days: 1', 2026-12-24, 2026-12-29T05:15:00Z",
    "'cutoff: \"05:15\", days: 1', 2026-12-24, 2026-12-25T05:15:00Z"
  })
  void saysWhenAFileIsDue(String keys, LocalDate businessDate, Instant due) {
    assertThat(expect(keys).dueAt(businessDate)).isEqualTo(due);
  }

  @ParameterizedTest
  @CsvSource({
    "'cutoff: \"05:15\", calendar: xx', 'key \"source.expect.calendar\" is \"xx\", but there is no calendar \"xx\"; known are'",
    "'cutoff: \"05:15\", calendar: gb-by', 'no region \"by\"; known are eng, nir, sct, wls'",
    "'cutoff: \"05:15\", zone: London', 'key \"source.expect.zone\" must be a time zone'",
    "'cutoff: \"25:15\"', 'key \"source.expect.cutoff\" must look like'",
    "'zone: Europe/London', 'lacks the key \"cutoff\"'"
  })
  void namesWhatIsWrong(String keys, String why) {
    assertThatThrownBy(() -> expect(keys))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("line 6")
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource({
    "'expect: {cutoff: \"05:15\", days: 1}', expect.days",
    "supersede: business-date, supersede",
    "'supersede: business-date, name: ''(?<sequence>.*)''', supersede"
  })
  void refusesDaysThatNamesDoNotSay(String keys, String key) {
    assertThatThrownBy(() -> source(keys.replace(", name", "\n  name")))
        .isInstanceOf(DefinitionException.class)
        .hasMessageStartingWith(
            "jobs/bank/job.yaml, line 6: key \"source.%s\" needs the group \"business_date\" in"
                    .formatted(key)
                + " source.name: a file whose name has no date would count for the day on which it"
                + " came, and ");
  }

  @Test
  void readsHowLongFilesAreKept() {
    assertThat(source("keep: 400d").keep()).isEqualTo(Period.ofDays(400));
    assertThat(source("ready: rename").keep()).isNull();
    assertThatThrownBy(() -> source("keep: 0d"))
        .hasMessageContaining("key \"source.keep\" must look like");
  }
}
