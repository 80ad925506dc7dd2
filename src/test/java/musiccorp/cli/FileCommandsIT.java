package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import commondata.database.Login;
import commondata.feed.FeedPoll;
import commondata.job.JobCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import musiccorp.cli.Installation.Outcome;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;

/** What an operator does with files, from the hand-in to the last word, by the command line. */
final class FileCommandsIT {

  private static final String HEADER = "sku,title,artist,album,genre,unit_price,initial_stock\n";

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  @TempDir private Path directory = Path.of("");

  @BeforeEach
  void empty() {
    JdbcClient.create(INSTALLATION.owner())
        .sql("TRUNCATE commondata.file, commondata.run, catalog.item CASCADE")
        .update();
  }

  private static String record(String sku, String price) {
    return "%s,Title,Artist,,,%s,1".formatted(sku, price);
  }

  private Path write(String name, String... records) throws IOException {
    return Files.writeString(directory.resolve(name), HEADER + String.join("\n", records) + "\n");
  }

  private Path jobs() {
    return Path.of("batch-jobs");
  }

  private void poll(Path jobs) {
    FeedPoll poll =
        FeedPoll.of(
            JobCatalog.of(jobs).find("catalog").orElseThrow(),
            INSTALLATION.session().database(),
            INSTALLATION.home().resolve("drop"),
            "test",
            Clock.systemUTC());
    while (poll.pollOnce()) {
      // There was work; look again.
    }
  }

  private long drop(Path file) {
    Outcome dropped = INSTALLATION.run("drop", file.toString(), "--feed", "catalog");
    assertThat(dropped.exitCode()).as(dropped.err()).isZero();
    poll(jobs());
    return INSTALLATION.run("file", "list", "--json").json().get(0).get("id").asLong();
  }

  private static JsonNode show(long file) {
    return INSTALLATION.run("file", "show", Long.toString(file), "--json").json();
  }

  private static Outcome act(String act, long file, String... more) {
    String[] line = {"file", act, Long.toString(file), "--as", "bob", "--json"};
    return INSTALLATION.run(
        java.util.stream.Stream.of(line, more)
            .flatMap(java.util.Arrays::stream)
            .toArray(String[]::new));
  }

  /** A file whose name was loaded with other content. */
  private long held() throws IOException {
    drop(write("a.csv", record("A", "0.99")));
    long held = drop(write("a.csv", record("A", "1.99")));
    assertThat(show(held).get("state").asString()).isEqualTo("HELD");
    return held;
  }

  @Test
  void afterAFileThatNoRunLoadedNoRunIsOffered() {
    JdbcClient owner = JdbcClient.create(INSTALLATION.owner());
    long id =
        owner
            .sql(
                """
                INSERT INTO commondata.file (feed, name, sha256, size_bytes, state)
                VALUES ('catalog', 'again.csv', 'a4', 10, 'DUPLICATE')
                RETURNING id
                """)
            .query(Long.class)
            .single();

    assertThat(INSTALLATION.run("file", "show", Long.toString(id)).err())
        .contains("file list --feed catalog")
        .doesNotContain("null");
  }

  @Test
  void aFeedOrALimitThatIsNoneIsRefused() {
    Outcome unknown = INSTALLATION.run("file", "list", "--feed", "nosuch");

    assertThat(unknown.exitCode()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(unknown.err()).contains("Feed \"nosuch\" is not known. There are: bank-returns");
    assertThat(INSTALLATION.run("file", "expected", "--feed", "nosuch").exitCode())
        .isEqualTo(ExitCode.NOT_FOUND);
    for (String feed : List.of("catalog", "carrier-manifest")) {
      assertThat(INSTALLATION.run("file", "list", "--feed", feed).exitCode()).isZero();
    }
    for (String limit : List.of("0", "-1")) {
      Outcome none = INSTALLATION.run("file", "list", "--limit", limit);
      assertThat(none.exitCode()).isEqualTo(ExitCode.USAGE);
      assertThat(none.err()).contains("--limit " + limit + " must be 1 or more");
    }
  }

  @Test
  void aHeldFileIsReleased() throws IOException {
    long held = held();

    Outcome tried = act("release", held, "--dry-run");
    assertThat(tried.exitCode()).as(tried.err()).isZero();
    assertThat(tried.json().get("stateThen").asString()).isEqualTo("CLAIMED");
    assertThat(tried.err())
        .contains("The next poll would load it.", "It is held for this: a file named a.csv")
        .contains("Nothing was done: --dry-run.");
    assertThat(show(held).get("state").asString()).isEqualTo("HELD");
    assertThat(INSTALLATION.run("audit").out()).doesNotContain("dry-run");

    Outcome released = act("release", held, "--reason", "a new price");

    assertThat(released.exitCode()).as(released.err()).isZero();
    assertThat(released.json().get("state").asString()).isEqualTo("CLAIMED");
    assertThat(released.err())
        .contains("It was held for this: a file named a.csv was loaded before", "besides");
    poll(jobs());
    assertThat(show(held).get("state").asString()).isEqualTo("LOADED");
  }

  @Test
  void aHeldFileIsRejected() throws IOException {
    long held = held();
    assertThat(INSTALLATION.run("lag").err())
        .contains(" file reject %d --reason TEXT".formatted(held));
    assertThat(act("reject", held).err()).contains("--reason is missing");

    Outcome rejected = act("reject", held, "--reason", "an old copy");

    assertThat(rejected.exitCode()).as(rejected.err()).isZero();
    assertThat(rejected.json().get("state").asString()).isEqualTo("REJECTED");
    assertThat(rejected.json().get("reason").asString()).isEqualTo("rejected by bob: an old copy");
    poll(jobs());
    assertThat(
            INSTALLATION
                .home()
                .resolve("drop/catalog/rejected/%d-a.csv.reason.txt".formatted(held)))
        .hasContent("rejected by bob: an old copy");
    assertThat(INSTALLATION.run("file", "show", Long.toString(held)).err())
        .contains("file list --feed catalog");
    assertThat(INSTALLATION.run("file", "rejects", Long.toString(held)).err())
        .contains("has no rejects: it was rejected by bob: an old copy.");
    Outcome again = act("reject", held, "--reason", "an old copy");
    assertThat(again.exitCode()).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(again.err()).contains("(a.csv, REJECTED) is neither HELD nor CLAIMED");
    assertThat(
            INSTALLATION
                .run("audit", "--target", "file " + held, "--json")
                .json()
                .get(0)
                .get("actor")
                .asString())
        .isEqualTo("bob");
  }

  @Test
  void aRefusedRecordIsCorrected() throws IOException {
    long file = drop(write("a.csv", record("A", "0.99"), record("B", "much")));
    assertThat(show(file).get("rejectedCount").asLong()).isEqualTo(1);
    assertThat(INSTALLATION.run("file", "show", Long.toString(file)).err())
        .contains("file rejects " + file);
    Outcome tried =
        act("resubmit", file, "--line", "3", "--record", record("B", "2.99"), "--dry-run");
    assertThat(tried.exitCode()).as(tried.err()).isZero();
    assertThat(tried.json().get("loaded").asLong()).isEqualTo(1);
    assertThat(tried.err()).contains("Nothing was changed. Without --dry-run they are loaded.");
    assertThat(show(file).get("correctedCount").asLong()).isZero();

    Outcome corrected =
        act("resubmit", file, "--line", "3", "--record", record("B", "2.99"), "--reason", "typo");

    assertThat(corrected.exitCode()).as(corrected.err()).isZero();
    assertThat(corrected.json().get("corrects").asLong()).isEqualTo(file);
    assertThat(corrected.json().get("loadedCount").asLong()).isEqualTo(1);
    assertThat(corrected.err())
        .contains("All refused records of file %d are corrected.".formatted(file));
    assertThat(INSTALLATION.run("file", "show", Long.toString(file)).err())
        .contains("run show")
        .doesNotContain("file rejects");
    assertThat(INSTALLATION.run("file", "rejects", Long.toString(file)).err())
        .contains("All of them are corrected.")
        .doesNotContain("resubmit");
    assertThat(
            INSTALLATION.run("file", "list", "--json").json().values().stream()
                .map(each -> each.get("corrects").isNull() ? 0 : each.get("corrects").asLong()))
        .containsExactly(file, 0L);
    assertThat(
            JdbcClient.create(INSTALLATION.owner())
                .sql("SELECT i.sku FROM catalog.item AS i ORDER BY i.sku")
                .query(String.class)
                .list())
        .isEqualTo(List.of("A", "B"));
  }

  @Test
  void rejectsFitOnATerminalAndSayHowToGoOn() throws IOException {
    long file = drop(write("a.csv", record("A", "0.99"), record("B", "much")));
    System.setProperty("commondata.columns", "80");
    Outcome rejects;
    try {
      rejects = INSTALLATION.run("file", "rejects", Long.toString(file), "--jobs", "batch-jobs");
    } finally {
      System.clearProperty("commondata.columns");
    }

    assertThat(rejects.out())
        .doesNotContain("corrected as")
        .contains("expected a number of at most", "B,Titl");
    assertThat(rejects.err())
        .contains(" --jobs batch-jobs file resubmit " + file + " --line LINE --record RECORD");
  }

  @Test
  void rejectsStandInTheOrderOfTheFilesColumns() throws IOException {
    long file = drop(write("a.csv", record("A", "0.99"), "!,,,,,x,y"));

    JsonNode rejects = INSTALLATION.run("file", "rejects", Long.toString(file), "--json").json();

    assertThat(rejects.values().stream().map(each -> each.get("column").asString()))
        .containsExactly("sku", "title", "artist", "unit_price", "initial_stock");
  }

  @Test
  void aFileThatIsKnownIsTriedWithTheSameWordsEachTime() throws IOException {
    Path file = write("a.csv", record("A", "0.99"));
    drop(file);

    Outcome tried =
        INSTALLATION.run("drop", file.toString(), "--feed", "catalog", "--dry-run", "--json");

    assertThat(tried.json().get("state").asString()).isEqualTo("DUPLICATE");
    assertThat(tried.json().propertyNames()).containsExactly("state", "reason", "rejects");
  }

  @Test
  void aFileIsTriedAndNothingIsLeft() throws IOException {
    Path file = write("a.csv", record("A", "0.99"));

    Outcome tried =
        INSTALLATION.run("drop", file.toString(), "--feed", "catalog", "--dry-run", "--json");

    assertThat(tried.exitCode()).as(tried.err()).isZero();
    assertThat(tried.json().get("state").asString()).isEqualTo("LOADED");
    assertThat(tried.json().get("loaded").asLong()).isEqualTo(1);
    assertThat(tried.json().get("events").get("catalog.item-listed").asLong()).isEqualTo(1);
    assertThat(tried.err()).contains("Nothing was changed");
    assertThat(INSTALLATION.run("file", "list", "--json").json()).isEmpty();
  }

  @Test
  void aFileIsFollowedThroughItsRunAndWhatAnOperatorDid() throws IOException {
    long first = drop(write("a.csv", record("A", "0.99"), record("B", "much")));
    long held = drop(write("a.csv", record("A", "1.99")));
    act("release", held, "--reason", "it is right");
    poll(jobs());

    Outcome loaded = INSTALLATION.run("trace", "--file", Long.toString(first));
    assertThat(loaded.exitCode()).as(loaded.err()).isZero();
    assertThat(loaded.out().lines().map(line -> line.replaceFirst("^[0-9:.]+ +", "")))
        .anyMatch(line -> line.startsWith("catalog file a.csv: came to feed catalog, "))
        .anyMatch(line -> line.matches("catalog run catalog: run \\d+ on test, succeeded, .*"))
        .anyMatch(line -> line.contains("loaded, 2 records: 1 loaded, 1 rejected (E-"));
    Outcome released = INSTALLATION.run("trace", "--file", Long.toString(held), "--json");
    assertThat(released.json().get("entries").findValuesAsString("what"))
        .containsExactly("file", "act", "run", "file");
    String run = show(held).get("run").asString();
    assertThat(INSTALLATION.run("trace", "--run", run, "--json").json().get("entries"))
        .isEqualTo(released.json().get("entries"));
  }

  @Test
  void whoFollowsWhatIsNotThereIsToldWhatIs() throws IOException {
    long file = drop(write("a.csv", record("A", "0.99")));

    assertThat(INSTALLATION.run("trace", "--file", "999999").err())
        .contains("There is no file 999999.");
    assertThat(INSTALLATION.run("trace", "--run", "999999").err())
        .contains("There is no run 999999.");
    assertThat(INSTALLATION.run("trace", "A", "--file", "1").exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(INSTALLATION.run("trace").err()).contains("Give one of ID, --file NUMBER and");
    Outcome number = INSTALLATION.run("trace", Long.toString(file));
    assertThat(number.exitCode()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(number.err())
        .contains("or, of the file of that number, ")
        .endsWith(" trace --file " + file + ".\n");
  }

  @Test
  void aFileThatWouldBeHeldIsTriedAsIfItWereReleased() throws IOException {
    drop(write("a.csv", record("A", "0.99")));
    Path file = write("a.csv", record("A", "1.99"), record("B", "much"));

    Outcome tried =
        INSTALLATION.run("drop", file.toString(), "--feed", "catalog", "--dry-run", "--json");

    assertThat(tried.exitCode()).as(tried.err()).isEqualTo(ExitCode.CANNOT_TELL_YET);
    assertThat(tried.json().get("state").asString()).isEqualTo("HELD");
    assertThat(tried.json().get("reason").asString()).contains("was loaded before");
    assertThat(tried.json().get("stateIfReleased").asString()).isEqualTo("LOADED");
    assertThat(tried.json().get("rejects").get(0).get("code").asString()).isEqualTo("E-TYPE");
  }

  @Test
  void aTriedFileWaitsForAnother() throws IOException {
    held();
    Path file = write("b.csv", record("A", "1.99"));

    Outcome tried =
        INSTALLATION.run("drop", file.toString(), "--feed", "catalog", "--dry-run", "--json");

    assertThat(tried.exitCode()).as(tried.err()).isEqualTo(ExitCode.CANNOT_TELL_YET);
    assertThat(tried.json().get("state").asString()).isEqualTo("WAITING");
    assertThat(tried.json().get("reason").asString()).contains("(a.csv, HELD) must end first");
  }

  @Test
  void aFileThatWaitsForAnotherSaysForWhich() throws IOException {
    long held = held();
    Path file = write("b.csv", record("A", "1.99"));

    Outcome waited =
        INSTALLATION.run("drop", file.toString(), "--feed", "catalog", "--wait", "--timeout", "1");

    assertThat(waited.exitCode()).isEqualTo(ExitCode.CANNOT_TELL_YET);
    assertThat(waited.err())
        .contains("\"b.csv\" waits until file %d (a.csv, HELD) has ended".formatted(held));
    JsonNode lying = INSTALLATION.run("file", "list", "--incoming", "--json").json().get(0);
    assertThat(lying.get("why").asString())
        .isEqualTo("it waits until file %d (a.csv), HELD, has ended".formatted(held));
    Files.delete(INSTALLATION.home().resolve("drop/catalog/incoming/b.csv"));
  }

  /** As if a node had taken a file that is handed in; returns where it lies. */
  private static Path taken(Path file, int readBytes) throws IOException {
    Path dropped = INSTALLATION.home().resolve("drop/catalog/incoming/a.csv");
    await().until(() -> Files.exists(dropped));
    JdbcClient.create(INSTALLATION.owner())
        .sql(
            """
            WITH claimed AS (
                INSERT INTO commondata.file (
                    feed, name, sha256, size_bytes, business_date, state)
                SELECT
                    'catalog', 'a.csv', encode(sha256(convert_to(:content, 'UTF8')), 'hex'), 1000,
                    DATE '2026-11-21', 'CLAIMED'
                RETURNING id
            ),
            run AS (
                INSERT INTO commondata.run (job, business_date, attempt, started_by, node, params)
                SELECT
                    'catalog', '2026-11-21', 1, 'file', 'other',
                    jsonb_build_object('file', c.id::text)
                FROM claimed AS c
                RETURNING id
            ),
            load AS (
                INSERT INTO commondata.file_load (file, run)
                SELECT c.id, r.id FROM claimed AS c CROSS JOIN run AS r
            )
            INSERT INTO commondata.file_slice (
                file, byte_from, byte_to, line_from, line_to, record_count, row_count,
                rejected_count, totals, trailer_line, raw_bytes, layout, tables, run)
            SELECT c.id, 0, 900, 1, 11, 10, 9, 1, '{}', 0, :read, '', '{}', r.id
            FROM claimed AS c CROSS JOIN run AS r
            """)
        .param("read", readBytes)
        .param("content", Files.readString(file))
        .update();
    return dropped;
  }

  @Test
  void whoWaitsForALargeFileIsToldHowFarItIs() throws IOException {
    Path file = write("a.csv", record("A", "1.99"));
    CompletableFuture<Outcome> waiting =
        CompletableFuture.supplyAsync(
            () -> INSTALLATION.run("drop", file.toString(), "--feed", "catalog", "--wait"));
    Path dropped = taken(file, 250);
    JdbcClient owner = JdbcClient.create(INSTALLATION.owner());
    // It looks five times a second.
    await().pollDelay(Duration.ofSeconds(3)).until(() -> !waiting.isDone());
    String left =
        owner
            .sql("SELECT progress FROM commondata.file_summary WHERE name = 'a.csv'")
            .query(String.class)
            .single();
    owner.sql("UPDATE commondata.file SET state = 'REJECTED', reason = 'enough'").update();

    assertThat(left)
        .isEqualTo(
            "250 of 1000 bytes, 10 records, 1 rejected; its node other is gone: the next node that"
                + " looks goes on with it");

    assertThat(waiting.join().err())
        .containsPattern("250 of 1000 bytes, 10 records, 1 rejected, \\d+ a second, \\d+ s left");
    Files.delete(dropped);
  }

  /** A check, a merge or an index may take longer than anybody waits for a sign of life. */
  @Test
  void whoWaitsForAFileGoesOnWhileARunHoldsItAndNoLonger() throws IOException {
    Path file = write("a.csv", record("A", "1.99"));
    CompletableFuture<Outcome> waiting =
        CompletableFuture.supplyAsync(
            () ->
                INSTALLATION.run(
                    "drop", file.toString(), "--feed", "catalog", "--wait", "--timeout", "3"));
    Path dropped = taken(file, 1000);
    Login node = INSTALLATION.session().database().login("catalog_service");

    node.inTransactionDo(
        () -> {
          node.jdbc()
              .sql("SELECT commondata.hold_run(r.id) FROM commondata.run AS r")
              .query(Boolean.class)
              .single();
          await().pollDelay(Duration.ofSeconds(5)).until(() -> !waiting.isDone());
        });

    Outcome outcome = waiting.join();
    assertThat(outcome.exitCode()).isEqualTo(ExitCode.CANNOT_TELL_YET);
    assertThat(outcome.err())
        .contains("all 1000 bytes are read, 10 records, 1 rejected; indexes, checks and SQL follow")
        .containsPattern("File \\d+ \\(a\\.csv\\) was taken, but no run is loading it");
    Files.delete(dropped);
  }

  @Test
  void aFeedThatWaitsForAMarkerGetsOne() throws IOException {
    Path jobs = directory.resolve("jobs");
    FileSystemUtils.copyRecursively(Path.of("batch-jobs/catalog"), jobs.resolve("catalog"));
    Path yaml = jobs.resolve("catalog/job.yaml");
    Files.writeString(yaml, Files.readString(yaml).replace("ready: rename", "ready: marker"));
    Path file = write("a.csv", record("A", "0.99"));

    Outcome dropped =
        INSTALLATION.run("--jobs", jobs.toString(), "drop", file.toString(), "--feed", "catalog");

    assertThat(dropped.exitCode()).as(dropped.err()).isZero();
    assertThat(INSTALLATION.home().resolve("drop/catalog/incoming/a.csv.sha256"))
        .content()
        .matches("[0-9a-f]{64} {2}a\\.csv\\R");
    poll(jobs);
    assertThat(INSTALLATION.run("file", "list", "--json").json().get(0).get("state").asString())
        .isEqualTo("LOADED");
  }
}
