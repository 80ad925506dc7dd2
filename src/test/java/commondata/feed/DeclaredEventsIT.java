package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import commondata.job.JobRunner;
import commondata.job.RunResult;
import commondata.job.StartedBy;
import commondata.operate.Act;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testkit.SettableClock;
import testkit.TestDatabase;

/** A job publishes what its job.yaml declares, and nothing else. */
final class DeclaredEventsIT {

  private static final String UNDECLARED =
      "key \"publishes\" does not name \"catalog.item-listed\", which the job has published";

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final SettableClock clock = SettableClock.at("2026-11-21T12:00:00Z");
  @TempDir private Path directory = Path.of("");

  @SuppressWarnings("NullAway.Init")
  private CatalogFeed catalog;

  @BeforeEach
  void begin() {
    catalog = new CatalogFeed(DATABASE, directory, clock);
    catalog.empty();
  }

  /** The catalog's job that declares these types. */
  private JobDefinition declaring(String publishes) throws IOException {
    Path folder = Files.createDirectories(directory.resolve("jobs/catalog"));
    for (String name : List.of("layout.yaml", "check.sql", "merge.sql", "events.sql")) {
      Files.write(
          folder.resolve(name), Files.readAllBytes(Path.of("batch-jobs/catalog").resolve(name)));
    }
    String job = Files.readString(Path.of("batch-jobs/catalog/job.yaml"));
    assertThat(job).contains("publishes: [catalog.item-listed]");
    Files.writeString(
        folder.resolve("job.yaml"), job.replace("publishes: [catalog.item-listed]", publishes));
    return JobCatalog.of(directory.resolve("jobs")).find("catalog").orElseThrow();
  }

  private Feed feed(String publishes) throws IOException {
    JobDefinition job = declaring(publishes);
    return Feed.of(job, DATABASE.login(job.owner()), directory, "test").withCutLines(2);
  }

  private String reason() {
    return catalog.query("SELECT f.reason FROM commondata.file AS f").get(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "publishes: [log.tested] | REJECTED",
        "publishes: [] | REJECTED",
        "publishes: [log.tested, catalog.item-listed] | LOADED",
        "'' | LOADED"
      })
  void aFeedDoes(String publishes, String state) throws IOException {
    catalog.write("a.csv", CatalogFeed.rows("A", "B"));

    CatalogFeed.untilQuiet(new FeedPoll(feed(publishes), clock));

    assertThat(catalog.ledger()).containsExactly("a.csv " + state);
    if (state.equals("REJECTED")) {
      assertThat(reason()).contains("E-JOB", "catalog/job.yaml: " + UNDECLARED);
      assertThat(catalog.items()).isEmpty();
      assertThat(catalog.events()).isEmpty();
    } else {
      assertThat(catalog.events()).containsExactly("A", "B");
    }
  }

  @Test
  void eventsInCutsWaitUntilTheirTypeIsDeclared() throws IOException {
    catalog.write("a.csv", CatalogFeed.rows("A", "B", "C", "D", "E"));

    CatalogFeed.untilQuiet(new FeedPoll(feed("publishes: [log.tested]"), clock));

    assertThat(catalog.ledger()).containsExactly("a.csv LOADED");
    assertThat(catalog.events()).isEmpty();
    assertThat(catalog.query("SELECT e.failure FROM commondata.file_events AS e"))
        .singleElement()
        .asString()
        .contains(UNDECLARED);

    clock.advance(Duration.ofHours(1));
    CatalogFeed.untilQuiet(new FeedPoll(feed("publishes: [catalog.item-listed]"), clock));
    assertThat(catalog.events()).containsExactly("A", "B", "C", "D", "E");
  }

  @Test
  void aDryRunSaysSo() throws IOException {
    Path file = Files.writeString(directory.resolve("a.csv"), CatalogFeed.rows("A", "B", "C"));

    DryRunOutcome outcome = new DryRun(feed("publishes: [log.tested]")).of(file, clock, 5);

    assertThat(outcome).isInstanceOf(DryRunOutcome.Failed.class);
    assertThat(((DryRunOutcome.Failed) outcome).message()).contains(UNDECLARED);
  }

  @Test
  void aCorrectionDoes() throws IOException {
    catalog.write("a.csv", CatalogFeed.rows("A") + "B,Title,Artist,,,x,1\n");
    CatalogFeed.untilQuiet(catalog.poll());
    long file =
        Long.parseLong(catalog.query("SELECT CAST(f.id AS text) FROM commondata.file AS f").get(0));

    CorrectionOutcome outcome =
        new Corrections(feed("publishes: [log.tested]"))
            .resubmit(
                file,
                new TreeMap<>(Map.of(3L, "B,Title,Artist,,,0.99,1")),
                new Act("ann", "the label was smudged"));

    assertThat(outcome).isInstanceOf(CorrectionOutcome.Failed.class);
    assertThat(((CorrectionOutcome.Failed) outcome).message()).contains(UNDECLARED);
    assertThat(catalog.items()).containsExactly("A");
  }

  @ParameterizedTest
  @CsvSource({"log.tested, 0", "catalog.item-listed, 12"})
  void aRunByTheClockDoes(String declared, int exitCode) throws IOException {
    Path folder = Files.createDirectories(directory.resolve("jobs/fraud-flags"));
    Files.writeString(
        folder.resolve("job.yaml"),
        """
        id: fraud-flags
        owner: fraud_service
        steps: [{sql: a.sql}]
        publishes: [%s]
        """
            .formatted(declared));
    Files.writeString(
        folder.resolve("a.sql"),
        "-- counts: nothing\nSELECT commondata.publish('log.tested', 'X', '{}');\n");
    JobRunner runner =
        new JobRunner(
            JobCatalog.of(directory.resolve("jobs")),
            DATABASE.database(),
            new FileExport(DATABASE.database(), directory),
            "test");

    RunResult result =
        runner.run("fraud-flags", LocalDate.parse("2026-11-21"), StartedBy.HAND, Map.of());

    RunResult.Finished finished = (RunResult.Finished) result;
    assertThat(finished.exitCode()).as(finished.message()).isEqualTo(exitCode);
    assertThat(catalog.events()).hasSize(exitCode == 0 ? 1 : 0);
    if (exitCode != 0) {
      assertThat(finished.message())
          .contains("fraud-flags/job.yaml: key \"publishes\" does not name \"log.tested\"");
    }
  }
}
