package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.fault.FaultPoint;
import commondata.job.DefinitionException;
import commondata.job.JobCatalog;
import commondata.job.JobRunner;
import commondata.job.RunResult;
import commondata.job.StartedBy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.TestDatabase;

final class JobRunnerIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final LocalDate DAY = LocalDate.of(2026, 11, 20);

  private Path jobs = Path.of("");
  private Path drop = Path.of("");

  @BeforeEach
  void begin(@TempDir Path directory) {
    jobs = directory.resolve("jobs");
    drop = directory.resolve("drop");
    DATABASE.superuser().sql("TRUNCATE commondata.run, commondata.file CASCADE").update();
  }

  private void aJob(String name, String owner, String more, Map<String, String> files)
      throws IOException {
    Path folder = Files.createDirectories(jobs.resolve(name));
    Files.writeString(
        folder.resolve("job.yaml"), "id: %s%nowner: %s%n%s".formatted(name, owner, more));
    for (Map.Entry<String, String> file : files.entrySet()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue());
    }
  }

  private RunResult run(String job, StartedBy by, Map<String, String> params) {
    return new JobRunner(
            JobCatalog.of(jobs),
            DATABASE.database(),
            new FileExport(DATABASE.database(), drop),
            "test")
        .run(job, DAY, by, params);
  }

  private static List<String> runs() {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT concat_ws(' ', state, exit_code, written_count, event_count, business_date)
            FROM commondata.run
            ORDER BY id
            """)
        .query(String.class)
        .list();
  }

  @Test
  void countsWhatEachStatementDid() throws IOException {
    aJob(
        "fraud-flags",
        "fraud_service",
        "steps: [{sql: a.sql}]\nparams: {n: {type: integer, value: 3}}\n",
        Map.of(
            "a.sql",
            """
            -- counts: nothing
            DELETE FROM fraud.customer;
            INSERT INTO fraud.customer (customer_id, country, registered_at)
            SELECT 'C-' || i, 'X', :business_date FROM generate_series(1, :n) AS i;
            SELECT 1 AS written, 2 AS events;
            -- counts: events
            SELECT 5
            """));

    run("fraud-flags", StartedBy.HAND, Map.of());
    RunResult second = run("fraud-flags", StartedBy.HAND, Map.of("n", "4"));

    assertThat(second).isInstanceOf(RunResult.Finished.class);
    assertThat(runs()).containsExactly("SUCCEEDED 0 4 7 2026-11-20", "SUCCEEDED 0 5 7 2026-11-20");
  }

  @Test
  void rollsBackAndNamesTheLineThatFailed() throws IOException {
    aJob(
        "fraud-flags",
        "fraud_service",
        "steps: [{sql: a.sql}]\n",
        Map.of(
            "a.sql",
            """
            INSERT INTO fraud.customer (customer_id, country, registered_at)
            VALUES ('GONE', 'X', now());

            SELECT 1 / 0;
            """));

    RunResult result = run("fraud-flags", StartedBy.HAND, Map.of());

    assertThat(result).isInstanceOf(RunResult.Finished.class);
    assertThat(((RunResult.Finished) result).exitCode()).isEqualTo(12);
    assertThat(((RunResult.Finished) result).message())
        .contains("a.sql, line 4", "division by zero");
    assertThat(runs()).containsExactly("FAILED 12 0 0 2026-11-20");
    assertThat(
            DATABASE
                .superuser()
                .sql("SELECT count(*) FROM fraud.customer WHERE customer_id = 'GONE'")
                .query(Long.class)
                .single())
        .isZero();
  }

  @Test
  void endsAStatementThatTakesTooLong() throws IOException {
    aJob(
        "fraud-flags",
        "fraud_service",
        "timeout: 1s\nsteps: [{sql: a.sql}]\n",
        Map.of("a.sql", "SELECT pg_sleep(60)"));

    RunResult result = run("fraud-flags", StartedBy.HAND, Map.of());

    assertThat(((RunResult.Finished) result).message()).contains("statement timeout");
  }

  /** None of them takes too long for itself. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sql: a.sql",
        "export: {query: q.sql, layout: l.yaml, feed: f, name: 'n-{run_id}'}"
      })
  void endsStatementsThatTogetherTakeTooLong(String step) throws IOException {
    aJob(
        "carrier-manifest",
        "shipping_service",
        "timeout: 1s\nsteps: [{%s}]\n".formatted(step),
        Map.of(
            "a.sql", "SELECT pg_sleep(0.6);\n".repeat(5),
            "q.sql",
                """
                SELECT CASE WHEN i % 1000 = 500 THEN CAST(pg_sleep(0.6) AS text) END AS a
                FROM generate_series(1, 5000) AS i
                """,
            "l.yaml", "format: csv\ncolumns: [{name: a, type: text}]\n"));

    RunResult result = run("carrier-manifest", StartedBy.HAND, Map.of());

    assertThat(((RunResult.Finished) result).exitCode()).isEqualTo(12);
    assertThat(((RunResult.Finished) result).message())
        .containsAnyOf("statement timeout", "took too long")
        .contains("timeout in job.yaml is 1s");
  }

  @Test
  void givesUpARunWhoseNodeDied() throws IOException {
    aJob("fraud-flags", "fraud_service", "steps: [{sql: a.sql}]\n", Map.of("a.sql", "SELECT 1"));
    DATABASE
        .superuser()
        .sql(
            """
            INSERT INTO commondata.run (
                job, business_date, attempt, started_by, node, started_at)
            VALUES ('fraud-flags', '2026-11-20', 1, 'hand', 'dead', now() - interval '1 hour')
            """)
        .update();

    run("fraud-flags", StartedBy.HAND, Map.of());

    assertThat(runs()).containsExactly("ABANDONED 16 0 0 2026-11-20", "SUCCEEDED 0 1 0 2026-11-20");
  }

  @Test
  void saysWhyItDoesNotRun() throws IOException {
    aJob(
        "fraud-flags",
        "fraud_service",
        "steps: [{sql: a.sql}]\nparams: {n: {type: integer}}\n",
        Map.of("a.sql", "SELECT :n"));

    assertThat(run("fraud-flag", StartedBy.HAND, Map.of()))
        .isEqualTo(
            new RunResult.UnknownJob(
                "fraud-flag", "job \"fraud-flag\" is not known; did you mean \"fraud-flags\"?"));
    assertThat(run("fraud-flags", StartedBy.HAND, Map.of()).toString())
        .contains("parameter \"n\" of job \"fraud-flags\" must be given");
    assertThat(run("fraud-flags", StartedBy.HAND, Map.of("n", "x")).toString())
        .contains("parameter \"n\" must be of type integer, but is \"x\"");
    assertThat(run("fraud-flags", StartedBy.HAND, Map.of("m", "1", "n", "1")).toString())
        .contains("job \"fraud-flags\" has no parameter \"m\"; did you mean \"n\"?");
    assertThat(runs()).isEmpty();
  }

  private void aManifest() throws IOException {
    aJob(
        "carrier-manifest",
        "shipping_service",
        """
        schedule: {cron: "0 0 * * * ?"}
        only_if: pending.sql
        steps:
          - export: {query: q.sql, layout: l.yaml, feed: carrier-manifest, name: "m-{run_id}.csv"}
        """,
        Map.of(
            "pending.sql", "SELECT 0",
            "q.sql", "SELECT 'x,\"y\"' AS a, 1.50 AS n",
            "l.yaml",
                """
                format: csv
                columns: [{name: a, title: "Item, No", type: text}, {name: n, type: decimal}]
                """));
  }

  @Test
  void writesNoRunWhenItIsDueAndThereIsNothingToDo() throws IOException {
    aManifest();

    assertThat(run("carrier-manifest", StartedBy.SCHEDULE, Map.of()))
        .isEqualTo(new RunResult.NothingToDo("carrier-manifest"));
    assertThat(runs()).isEmpty();
  }

  /** Adds a run of a job; returns its number. */
  private static long aRun(String job, String state) {
    return DATABASE
        .superuser()
        .sql(
            """
            INSERT INTO commondata.run (
                job, business_date, attempt, started_by, node, state, exit_code, finished_at)
            SELECT
                :job, '2026-11-20', 1, 'hand', 'dead', :state,
                CASE WHEN :state <> 'RUNNING' THEN 16 END,
                CASE WHEN :state <> 'RUNNING' THEN now() END
            RETURNING id
            """)
        .param("job", job)
        .param("state", state)
        .query(Long.class)
        .single();
  }

  /** A hidden name of the file that a run would write. */
  private static String part(long run) {
    return ".m-%d.csv.ffffffff-0000-0000-0000-000000000000.part".formatted(run);
  }

  /** The other side may write there, too. */
  @Test
  void writesThroughNoLinkThatLiesInOutgoing() throws IOException {
    aManifest();
    Path outgoing = Files.createDirectories(drop.resolve("carrier-manifest/outgoing"));
    Path precious = Files.writeString(drop.resolve("precious"), "mine");
    long next = aRun("carrier-manifest", "FAILED") + 1;
    Path link = outgoing.resolve(".m-%d.csv.part".formatted(next));
    Files.createSymbolicLink(link, precious);
    Files.createSymbolicLink(outgoing.resolve(part(next)), precious);

    run("carrier-manifest", StartedBy.HAND, Map.of());

    assertThat(precious).hasContent("mine");
    assertThat(outgoing.resolve("m-%d.csv".formatted(next)))
        .hasContent("\"Item, No\",n\n\"x,\"\"y\"\"\",1.50\n");
  }

  @Test
  void sendsNothingThatARunOfTheSameNumberHasLeftBeforeARestore() throws IOException {
    aManifest();
    Path outgoing = Files.createDirectories(drop.resolve("carrier-manifest/outgoing"));
    long next = aRun("carrier-manifest", "FAILED") + 1;
    Files.writeString(outgoing.resolve(part(next)), "half");

    run("carrier-manifest", StartedBy.HAND, Map.of());

    String name = "m-%d.csv".formatted(next);
    assertThat(names(outgoing)).containsExactly(name);
    assertThat(outgoing.resolve(name)).content().startsWith("\"Item, No\"");
  }

  @Test
  void removesOnlyWhatEndedRunsOfTheJobHaveLeft() throws IOException {
    aManifest();
    run("carrier-manifest", StartedBy.HAND, Map.of());
    Path outgoing = drop.resolve("carrier-manifest/outgoing");
    String sent = names(outgoing).get(0);
    String left = part(aRun("carrier-manifest", "FAILED"));
    String others = part(aRun("fraud-flags", "ABANDONED"));
    String foreign = part(Long.MAX_VALUE);
    String stranger = foreign.replace(".m-", ".other-");
    for (String part : List.of(left, others, foreign, stranger)) {
      Files.writeString(outgoing.resolve(part), "half");
    }

    run("carrier-manifest", StartedBy.SCHEDULE, Map.of());
    assertThat(names(outgoing)).contains(left);
    run("carrier-manifest", StartedBy.HAND, Map.of());

    assertThat(names(outgoing))
        .hasSize(5)
        .contains(sent, others, foreign, stranger)
        .doesNotContain(left);
  }

  @Test
  void reportsACommittedRunAsItEndedWhenItsFileCantBeNamed() throws IOException {
    aManifest();
    FaultPoint.hook(
        point -> {
          if (point == FaultPoint.EXPORT_COMMITTED) {
            throw new java.io.UncheckedIOException(new IOException("the disk is away"));
          }
        });
    RunResult result;
    try {
      result = run("carrier-manifest", StartedBy.HAND, Map.of());
    } finally {
      FaultPoint.hook(null);
    }

    assertThat(result).isInstanceOf(RunResult.Finished.class);
    assertThat(((RunResult.Finished) result).exitCode()).isZero();
    Path outgoing = drop.resolve("carrier-manifest/outgoing");
    assertThat(names(outgoing)).hasSize(1).allMatch(name -> name.endsWith(".part"));

    run("carrier-manifest", StartedBy.SCHEDULE, Map.of());
    assertThat(names(outgoing)).hasSize(1).noneMatch(name -> name.endsWith(".part"));
  }

  @ParameterizedTest
  @CsvSource({
    "'separator: \";\"', separator",
    "'charset: UTF-16', UTF-8",
    "'compression: gzip', compression",
    "'', format"
  })
  void refusesAFileThatItCantWriteAsDeclared(String key, String why) throws IOException {
    aManifest();
    String column = key.isEmpty() ? "type: date, format: yyyyMMdd" : "type: text";
    Files.writeString(
        jobs.resolve("carrier-manifest/l.yaml"),
        "format: csv\n%s\ncolumns: [{name: a, %s}]\n".formatted(key, column));

    assertThatThrownBy(() -> run("carrier-manifest", StartedBy.HAND, Map.of()))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("l.yaml: ")
        .hasMessageContaining(why);
  }

  @Test
  void namesACommittedFileAfterACrash() throws IOException {
    aManifest();
    run("carrier-manifest", StartedBy.HAND, Map.of());
    Path outgoing = drop.resolve("carrier-manifest/outgoing");
    Path sent = outgoing.resolve(names(outgoing).get(0));
    assertThat(sent).hasContent("\"Item, No\",n\n\"x,\"\"y\"\"\",1.50\n");
    Files.move(sent, new PartFile(sent).path());

    run("carrier-manifest", StartedBy.SCHEDULE, Map.of());

    assertThat(names(outgoing)).containsExactly(String.valueOf(sent.getFileName()));
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> paths = Files.list(directory)) {
      return paths.map(p -> String.valueOf(p.getFileName())).sorted().toList();
    }
  }
}
