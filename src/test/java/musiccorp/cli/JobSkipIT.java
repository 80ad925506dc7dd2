package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.stream.Stream;
import musiccorp.cli.Installation.Outcome;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

/** An operator gives up what a job was due for. */
final class JobSkipIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  private static final String JOB = "warehouse-extract";

  /** The job is due once a day, and was six hours ago. */
  private final OffsetDateTime due =
      OffsetDateTime.now(ZoneOffset.UTC).minusHours(6).withMinute(0).withSecond(0).withNano(0);

  private final LocalDate today = due.toLocalDate();
  @TempDir private Path jobs = Path.of("");

  @BeforeEach
  void begin() throws IOException {
    owner().sql("TRUNCATE commondata.run, commondata.job_clock CASCADE").update();
    Path folder = Files.createDirectory(jobs.resolve(JOB));
    Files.writeString(
        folder.resolve("job.yaml"),
        """
        id: %s
        owner: reporting_service
        schedule: {cron: "0 0 %d * * ?"}
        steps: [{sql: a.sql}]
        """
            .formatted(JOB, due.getHour()));
    Files.writeString(folder.resolve("a.sql"), "SELECT 1 AS written");
  }

  private static JdbcClient owner() {
    return JdbcClient.create(INSTALLATION.owner());
  }

  private void awayFor(int days) {
    owner()
        .sql(
            """
            INSERT INTO commondata.job_clock (job, settled_until, next_due_at)
            VALUES (:job, :until, :next)
            """)
        .param("job", JOB)
        .param("until", due.minusDays(days))
        .param("next", due.minusDays(days - 1L))
        .update();
  }

  private static void wasRunFor(LocalDate date) {
    owner()
        .sql(
            """
            INSERT INTO commondata.run (
                job, business_date, attempt, started_by, node, state, exit_code, finished_at)
            VALUES (:job, :date, 1, 'hand', 'n', 'SUCCEEDED', 0, clock_timestamp())
            """)
        .param("job", JOB)
        .param("date", date)
        .update();
  }

  private Outcome skip(String... more) {
    String[] command = {"job", "skip", JOB, "--reason", "closed", "--jobs", jobs.toString()};
    return INSTALLATION.run(Stream.of(command, more).flatMap(Stream::of).toArray(String[]::new));
  }

  @Test
  void showsTheBusinessDatesThatNoRunHasDone() {
    awayFor(3);
    wasRunFor(today.minusDays(2));

    Outcome skipped = skip("--json");

    assertThat(skipped.exitCode()).isZero();
    assertThat(skipped.out())
        .contains("\"dueDates\" : \"%s, %s\"".formatted(today.minusDays(1), today))
        .contains("\"dueSince\" : \"%s\"".formatted(due.minusDays(1).toInstant()));
  }

  @Test
  void showsOfManyTheFirstTheLastAndHowMany() {
    awayFor(60);

    assertThat(skip().out()).contains("%s .. %s, 60 dates".formatted(today.minusDays(59), today));
    assertThat(skip().err()).contains("Nothing was due, and no run had failed.");
  }

  @Test
  void nothingWasDueIfAllThatIsNotSettledIsDone() {
    awayFor(1);
    wasRunFor(today);

    assertThat(skip().err()).contains("Nothing was due, and no run had failed.");
  }

  @Test
  void saysThatTheDatesAreNotKnownWithoutTheFolderOfTheJob() throws IOException {
    awayFor(3);
    Files.move(jobs.resolve(JOB), jobs.resolve("other"));
    Path yaml = jobs.resolve("other").resolve("job.yaml");
    Files.writeString(yaml, Files.readString(yaml).replace(JOB, "other"));

    Outcome skipped = skip("--json");

    assertThat(skipped.exitCode()).isZero();
    assertThat(skipped.err()).contains("Its business dates are not known");
    assertThat(skipped.out()).contains(due.minusDays(2).toInstant().toString());
  }
}
