package docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testkit.TestDatabase;

/** Runs the Python of docs/how-to/sql-client.md, where there is a Python with psycopg. */
final class PythonSampleIT {

  private static final Pattern PYTHON = Pattern.compile("(?s)```python\n(.*?)```");
  private static final String LOGIN = "order_service";

  /** What the page leaves to its reader. */
  private static final String WORK =
      """
      db.execute("INSERT INTO sample.effect (n) VALUES (%s)", (payload["n"],))
          time.sleep(payload.get("seconds", 0))""";

  private static final String TABLES =
      """
      CREATE SCHEMA sample;
      CREATE TABLE sample.effect (at bigint GENERATED ALWAYS AS IDENTITY, n integer);
      GRANT USAGE ON SCHEMA sample TO %1$s;
      GRANT INSERT ON sample.effect TO %1$s;
      DO $$
      BEGIN
          PERFORM commondata.create_subscription(
              'sample', '%1$s', ARRAY['sample.done'], max_attempts => 2);
          UPDATE commondata.subscription
          SET backoff_ms = 1, backoff_max_ms = 1
          WHERE name = 'sample';
      END
      $$
      """;

  private static final String SESSIONS =
      "FROM pg_stat_activity AS a WHERE a.application_name = 'the sample'";

  private final TestDatabase database = TestDatabase.fresh();

  @TempDir private Path directory = Path.of("");
  private @Nullable Process program;

  @BeforeEach
  void begin() throws IOException {
    database.open();
    database.register("sample.done");
    database.superuser().sql(TABLES.formatted(LOGIN)).update();
    program = start();
  }

  @AfterEach
  void end() {
    if (program != null) {
      program.destroyForcibly().onExit().join();
    }
    database.close();
  }

  @Test
  void handlesEachEventOnceWhateverBreaks() throws Exception {
    publish("k", "{'n': 1}");
    publish("k", "{'n': 2}");
    publish("poison", "{'m': 0}");
    publish("poison", "{'n': 3}");
    awaitEffects(1, 2, 3);
    assertThat(lines("SELECT d.error_class || ' ' || d.key FROM commondata.dead_letter AS d"))
        .containsExactly("KeyError poison");

    conflicts(true);
    publish("k", "{'n': 4}");
    await().until(() -> said().contains("deadlock detected"));
    assertThat(lines("SELECT k.key FROM commondata.parked_key AS k")).as("blamed").isEmpty();
    conflicts(false);
    awaitEffects(1, 2, 3, 4);

    lines("SELECT pg_terminate_backend(a.pid)::text " + SESSIONS);
    publish("k", "{'n': 5}");
    awaitEffects(1, 2, 3, 4, 5);
    assertThat(Objects.requireNonNull(program).isAlive()).as("the program has stayed").isTrue();

    publish("k", "{'n': 6, 'seconds': 30}");
    await()
        .until(
            () ->
                !lines("SELECT a.pid::text " + SESSIONS + " AND a.query LIKE 'INSERT INTO sample%'")
                    .isEmpty());
    Objects.requireNonNull(program).destroyForcibly().waitFor();
    database.superuser().sql("UPDATE commondata.outbox SET payload = payload - 'seconds'").update();
    program = start();
    awaitEffects(1, 2, 3, 4, 5, 6);
  }

  private void awaitEffects(Integer... numbers) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(lines("SELECT e.n::text FROM sample.effect AS e ORDER BY e.at"))
                    .as(said())
                    .containsExactly(
                        Stream.of(numbers).map(String::valueOf).toArray(String[]::new)));
  }

  private void publish(String key, String payload) {
    database
        .login(LOGIN)
        .jdbc()
        .sql("SELECT commondata.publish('sample.done', :key, CAST(:payload AS jsonb))")
        .param("key", key)
        .param("payload", payload.replace('\'', '"'))
        .query()
        .singleValue();
  }

  /** From now on the work meets a deadlock, or no more. */
  private void conflicts(boolean begin) {
    database
        .superuser()
        .sql(
            begin
                ? """
                CREATE FUNCTION sample.conflict() RETURNS trigger
                LANGUAGE plpgsql
                AS $$
                BEGIN
                    RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected';
                END
                $$;
                CREATE TRIGGER conflict BEFORE INSERT ON sample.effect
                    FOR EACH ROW EXECUTE FUNCTION sample.conflict()
                """
                : "DROP FUNCTION sample.conflict() CASCADE")
        .update();
  }

  private List<String> lines(String sql) {
    return database.superuser().sql(sql).query(String.class).list();
  }

  private String said() throws IOException {
    return Files.readString(directory.resolve("said"));
  }

  private Process start() throws IOException {
    Path script = directory.resolve("service.py");
    Matcher code = PYTHON.matcher(Markdown.read("docs/how-to/sql-client.md").text());
    assertThat(code.find()).isTrue();
    Files.writeString(
        script,
        code.group(1)
            .replace("...  # your work, by db.execute", WORK)
            .replace("'loyalty'", "'sample'"));
    ProcessBuilder start =
        new ProcessBuilder(python(), script.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("said").toFile()));
    URI server = URI.create(database.url().substring("jdbc:".length()));
    start.environment().put("PGHOST", server.getHost());
    start.environment().put("PGPORT", String.valueOf(server.getPort()));
    start.environment().put("PGDATABASE", database.name());
    start.environment().put("PGUSER", LOGIN);
    start.environment().put("PGAPPNAME", "the sample");
    start.environment().put("PGPASSWORD", database.password());
    return start.start();
  }

  private static String python() {
    Optional<String> found =
        Stream.of("python3", "/usr/bin/python3").filter(PythonSampleIT::hasPsycopg).findFirst();
    assumeThat(found).as("a Python with psycopg 3").isPresent();
    return found.orElseThrow();
  }

  private static boolean hasPsycopg(String python) {
    try {
      Process process =
          new ProcessBuilder(python, "-c", "import psycopg")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
