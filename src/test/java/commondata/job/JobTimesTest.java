package commondata.job;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.schedule.ScheduledJob;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

final class JobTimesTest {

  private static SortedMap<LocalDate, Instant> between(
      Schedule schedule, String after, String until) {
    ScheduledJob job = new ScheduledJob("job", "owner", schedule.cron(), schedule.zone());
    return new JobTimes(job, schedule).between(Instant.parse(after), Instant.parse(until));
  }

  private static Schedule each(String cron, String zone, int days) {
    return new Schedule(cron, ZoneId.of(zone), days, Schedule.Missed.EACH);
  }

  @Test
  void aDateIsDueAtItsLastTime() {
    assertThat(
            between(
                each("0/30 * * * * ?", "UTC", 0), "2026-11-20T23:59:10Z", "2026-11-21T10:00:10Z"))
        .containsExactly(
            Map.entry(LocalDate.of(2026, 11, 20), Instant.parse("2026-11-20T23:59:30Z")),
            Map.entry(LocalDate.of(2026, 11, 21), Instant.parse("2026-11-21T10:00:00Z")));
  }

  @Test
  void countsTheEndAndNotTheBeginning() {
    Schedule atTwo = each("0 0 2 * * ?", "UTC", 0);

    assertThat(between(atTwo, "2026-11-20T02:00:00Z", "2026-11-21T01:59:59Z")).isEmpty();
    assertThat(between(atTwo, "2026-11-20T01:59:59Z", "2026-11-20T02:00:00Z"))
        .containsOnlyKeys(LocalDate.of(2026, 11, 20));
  }

  @Test
  void aDateIsOneOfTheZoneLessTheDays() {
    assertThat(
            between(
                each("0 30 0 * * ?", "Europe/Berlin", 1),
                "2026-11-20T00:00:00Z",
                "2026-11-21T00:00:00Z"))
        .containsExactly(
            Map.entry(LocalDate.of(2026, 11, 20), Instant.parse("2026-11-20T23:30:00Z")));
  }

  /** So says Quartz, and the page of job.yaml. */
  @Test
  void aTimeThatSpringLeavesOutIsNotDue() {
    assertThat(
            between(
                each("0 30 2 * * ?", "Europe/Berlin", 0),
                "2026-03-28T12:00:00Z",
                "2026-03-30T12:00:00Z"))
        .containsOnlyKeys(LocalDate.of(2026, 3, 30));
  }

  @Test
  void aJobThatIsDueOnFridaysIsDueForFridays() {
    assertThat(
            between(
                each("0 0 12 ? * FRI", "UTC", 0), "2026-11-01T00:00:00Z", "2026-11-30T00:00:00Z"))
        .containsOnlyKeys(
            LocalDate.of(2026, 11, 6),
            LocalDate.of(2026, 11, 13),
            LocalDate.of(2026, 11, 20),
            LocalDate.of(2026, 11, 27));
  }

  @Test
  void theLastOneAloneIsAskedForIfItDoesTheWorkOfAll() {
    Schedule schedule = new Schedule("0 0 12 * * ?", ZoneId.of("UTC"), 0, Schedule.Missed.LAST);

    assertThat(between(schedule, "2026-11-01T00:00:00Z", "2026-11-30T00:00:00Z"))
        .containsOnlyKeys(LocalDate.of(2026, 11, 29));
  }

  @Test
  void looksBackAYearAtMost() {
    assertThat(
            between(
                each("0 0 0 1 * ? 2020-2030", "UTC", 0),
                "2021-01-15T00:00:00Z",
                "2026-11-30T00:00:00Z"))
        .as("one a month, and each within a year of the one behind it")
        .hasSize(70);
    assertThat(
            between(
                each("0 0 0 1 1 ? 2024", "UTC", 0), "2023-01-01T00:00:00Z", "2026-11-30T00:00:00Z"))
        .isEmpty();
  }
}
