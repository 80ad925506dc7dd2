package musiccorp.feeds;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.feed.FeedPoll;
import commondata.feed.FileExport;
import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import commondata.job.JobRunner;
import commondata.job.RunResult;
import commondata.job.StartedBy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import testkit.TestDatabase;

/**
 * Walks {@code batch-jobs/<job>/cases}: a new job is a folder, and can't stay without a case. So it
 * does with sample jobs, of formats that MusicCorp does not use.
 */
final class JobCasesIT {

  private static final List<Path> JOBS =
      List.of(Path.of("batch-jobs"), Path.of("src/test/resources/format-jobs"));

  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-21T12:00:00Z"), ZoneOffset.UTC);

  @TempDir private Path drop = Path.of("");

  @Test
  void hasAtLeastOneCaseOfEveryJob() {
    for (Path jobs : JOBS) {
      for (JobDefinition job : JobCatalog.of(jobs).all()) {
        assertThat(jobs.resolve(job.name()).resolve("cases")).isNotEmptyDirectory();
      }
    }
  }

  /** Without that file, a case would never be played. */
  @Test
  void saysOfEveryCaseWhatIsExpected() throws IOException {
    for (Path jobs : JOBS) {
      for (Path folder : folders(jobs)) {
        assertThat(folder.resolve("expected.yaml")).isRegularFile();
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> comesToWhatIsExpected() throws IOException {
    List<JobCase> cases = new ArrayList<>();
    for (Path jobs : JOBS) {
      for (Path folder : folders(jobs)) {
        cases.add(JobCase.read(folder));
      }
    }
    return cases.stream().map(c -> DynamicTest.dynamicTest(c.name(), () -> play(c)));
  }

  private static List<Path> folders(Path jobs) throws IOException {
    try (Stream<Path> paths =
        Files.find(
            jobs, 3, (p, a) -> jobs.relativize(p).getNameCount() == 3 && isCase(p.getParent()))) {
      return paths.sorted().toList();
    }
  }

  private static boolean isCase(@Nullable Path parent) {
    return parent != null && parent.endsWith("cases");
  }

  private void play(JobCase played) throws IOException {
    TestDatabase database = TestDatabase.fresh();
    database.open();
    try {
      prepare(database, played.jobs().resolve("tables.sql"));
      prepare(database, played.folder().resolve("before.sql"));
      Path own = drop.resolve(played.name().replaceAll("[^a-z-]", "_"));
      JobCatalog catalog = JobCatalog.of(played.jobs());
      for (JobCase.InputFile file : JobCase.orNone(played.expected().files())) {
        dropAndPoll(played, file, own, catalog, database);
      }
      for (JobCase.Run run : JobCase.orNone(played.expected().runs())) {
        run(played, run, own, catalog, database);
      }
      assertEvents(played, database);
      assertOutgoing(played, own);
      assertRows(played, database);
    } finally {
      database.close();
    }
  }

  private static void prepare(TestDatabase database, Path sql) throws IOException {
    if (Files.exists(sql)) {
      database.superuser().sql(Files.readString(sql)).update();
    }
  }

  private static void dropAndPoll(
      JobCase played, JobCase.InputFile file, Path drop, JobCatalog catalog, TestDatabase database)
      throws IOException {
    JobDefinition job = catalog.find(played.job()).orElseThrow();
    FeedPoll poll = FeedPoll.of(job, database.database(), drop, "test", CLOCK);
    String name = file.name();
    Path incoming = drop.resolve(Objects.requireNonNull(job.source()).feed()).resolve("incoming");
    Files.copy(played.folder().resolve(name), incoming.resolve(name));
    assertThat(poll.pollOnce()).isTrue();
    assertThat(poll.pollOnce()).isFalse();
    assertFile(file, database);
  }

  private static void assertFile(JobCase.InputFile file, TestDatabase database) {
    List<String> rejects = rejects(database, file.name());
    String found =
        database
            .superuser()
            .sql(
                """
                SELECT concat_ws(' ', f.state, f.record_count, r.exit_code)
                FROM commondata.file AS f
                LEFT JOIN commondata.run AS r ON r.id = f.run
                WHERE f.name = ?
                """)
            .param(file.name())
            .query(String.class)
            .single();
    String records = file.records() == null ? "0" : file.records() + " " + file.exit();
    assertThat(found).as(rejects.toString()).isEqualTo(file.state() + " " + records);
    assertThat(rejects).containsExactlyInAnyOrderElementsOf(JobCase.orNone(file.rejects()));
  }

  private static List<String> rejects(TestDatabase database, String file) {
    return database
        .superuser()
        .sql(
            """
            SELECT concat_ws(' ', r.line, coalesce(nullif(r.column_name, ''), '-'), r.code)
            FROM commondata.file_reject AS r
            JOIN commondata.file AS f ON f.id = r.file
            WHERE f.name = ?
            ORDER BY r.line, r.column_name, r.code
            """)
        .param(file)
        .query(String.class)
        .list();
  }

  private static void run(
      JobCase played, JobCase.Run run, Path drop, JobCatalog catalog, TestDatabase database) {
    FileExport exporter = new FileExport(database.database(), drop);
    JobRunner runner = new JobRunner(catalog, database.database(), exporter, "test");
    LocalDate date = LocalDate.parse(run.date());
    RunResult result = runner.run(played.job(), date, StartedBy.HAND, Map.of());
    assertThat(result).isInstanceOf(RunResult.Finished.class);
    RunResult.Finished finished = (RunResult.Finished) result;
    assertThat(finished.exitCode()).as(finished.message()).hasToString(run.exit());
    if (run.written() != null) {
      assertThat(finished.counts().written()).hasToString(run.written());
    }
  }

  private static void assertEvents(JobCase played, TestDatabase database) {
    Map<String, String> events =
        database
            .superuser()
            .sql("SELECT type || ' ' || count(*) FROM commondata.outbox GROUP BY type")
            .query(String.class)
            .list()
            .stream()
            .map(line -> line.split(" ", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    assertThat(events).isEqualTo(played.expected().events());
  }

  private static void assertOutgoing(JobCase played, Path drop) throws IOException {
    Path outgoing = drop.resolve(played.job()).resolve("outgoing");
    List<List<String>> files = new ArrayList<>();
    if (Files.isDirectory(outgoing)) {
      try (Stream<Path> paths = Files.list(outgoing)) {
        for (Path path : paths.sorted().toList()) {
          files.add(Files.readAllLines(path));
        }
      }
    }
    assertThat(files).isEqualTo(JobCase.orNone(played.expected().outgoing()));
  }

  private static void assertRows(JobCase played, TestDatabase database) {
    for (JobCase.Query query : JobCase.orNone(played.expected().rows())) {
      List<String> rows =
          database.superuser().sql(query.query()).query().listOfRows().stream()
              .map(
                  row ->
                      row.values().stream()
                          .map(String::valueOf)
                          .collect(Collectors.joining(" | "))
                          .strip())
              .toList();
      assertThat(rows).as(query.query()).isEqualTo(query.is());
    }
  }
}
