package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.Faults;
import testkit.SettableClock;
import testkit.TestDatabase;

/** A load that is rolled back. */
final class DryRunIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final SettableClock clock = SettableClock.at("2026-11-21T12:00:00Z");
  @TempDir private Path drop = Path.of("");
  @TempDir private Path elsewhere = Path.of("");

  @SuppressWarnings("NullAway.Init")
  private CatalogFeed feed;

  @BeforeEach
  void begin() {
    feed = new CatalogFeed(DATABASE, drop, clock);
    feed.empty();
  }

  private DryRunOutcome tried(String name, String content) throws IOException {
    return feed.dryRun().of(Files.writeString(elsewhere.resolve(name), content), clock, 10);
  }

  private void assertNothingIsLeft() {
    assertThat(
            feed.query(
                """
                SELECT concat_ws(
                    ' ',
                    (SELECT count(*) FROM commondata.file),
                    (SELECT count(*) FROM commondata.file_reject),
                    (SELECT count(*) FROM commondata.run),
                    (SELECT count(*) FROM commondata.outbox),
                    (SELECT count(*) FROM catalog.item),
                    (SELECT count(*) FROM staging.catalog_item))
                """))
        .containsExactly("0 0 0 0 0 0");
    for (String directory : List.of("incoming", "claimed", "archive", "rejected")) {
      assertThat(feed.files(directory)).isEmpty();
    }
  }

  @Test
  void saysWhatWouldBeLoadedRefusedAndPublished() throws IOException {
    DryRunOutcome outcome =
        tried("catalog-2026-11-19.csv", CatalogFeed.rows("A", "B", "A") + "C,,Artist,,,x,1\n");

    assertThat(outcome).isInstanceOf(DryRunOutcome.Tried.class);
    DryRunOutcome.Tried tried = (DryRunOutcome.Tried) outcome;
    assertThat(tried.state() + " " + tried.exitCode() + " " + tried.businessDate())
        .isEqualTo("LOADED 4 2026-11-19");
    assertThat(List.of(tried.records(), tried.loaded(), tried.rejected(), tried.written()))
        .containsExactly(4L, 2L, 2L, 2L);
    assertThat(tried.events()).isEqualTo(Map.of("catalog.item-listed", 2L));
    assertThat(tried.errors())
        .extracting(error -> error.line() + " " + error.column() + " " + error.code())
        .containsExactly("4 sku E-KEY-DUP", "5 title E-NULL", "5 unit_price E-TYPE");
    assertThat(tried.errors().get(0).message()).isEqualTo("item \"A\" stands in line 2 already");
    assertNothingIsLeft();
  }

  @Test
  void tellsTheErrorsOfARecordInTheOrderOfTheFilesColumns() throws IOException {
    String columns = "unit_price,title,initial_stock,artist,album,genre,sku\n";

    DryRunOutcome outcome = tried("a.csv", CatalogFeed.HEADER + "!,,,,,x,y\n");
    DryRunOutcome other = tried("b.csv", columns + "x,,y,,,,!\n");

    assertThat(errorColumns(outcome))
        .containsExactly("sku", "title", "artist", "unit_price", "initial_stock");
    assertThat(errorColumns(other))
        .containsExactly("unit_price", "title", "initial_stock", "artist", "sku");
  }

  private static List<String> errorColumns(DryRunOutcome outcome) {
    assertThat(outcome).isInstanceOf(DryRunOutcome.Tried.class);
    return ((DryRunOutcome.Tried) outcome)
        .errors().stream().filter(error -> error.line() > 0).map(RecordError::column).toList();
  }

  @Test
  void saysWhyAFileWouldBeRefused() throws IOException {
    DryRunOutcome outcome = tried("a.csv", "sku\nA\n");

    assertThat(outcome).isInstanceOf(DryRunOutcome.Tried.class);
    DryRunOutcome.Tried tried = (DryRunOutcome.Tried) outcome;
    assertThat(tried.state()).isEqualTo("REJECTED");
    assertThat(tried.exitCode()).isEqualTo(8);
    assertThat(tried.reason()).startsWith("E-HEADER at line 1");
    assertNothingIsLeft();
  }

  /** Constraints that wait for the commit are no surprise of the real load. */
  @Test
  void failsWhereTheCommitWouldFail() throws IOException {
    DATABASE
        .superuser()
        .sql(
            "ALTER TABLE catalog.item ADD CONSTRAINT one_title UNIQUE (title) DEFERRABLE INITIALLY DEFERRED")
        .update();

    DryRunOutcome outcome = tried("a.csv", CatalogFeed.rows("A", "B"));
    DATABASE.superuser().sql("ALTER TABLE catalog.item DROP CONSTRAINT one_title").update();

    assertThat(outcome)
        .isInstanceOfSatisfying(
            DryRunOutcome.Failed.class,
            failed -> {
              assertThat(failed.exitCode()).isEqualTo(12);
              assertThat(failed.message()).contains("one_title");
            });
    assertNothingIsLeft();
  }

  @Test
  void tellsWhatWasSeenBefore() throws IOException {
    feed.write("a.csv", CatalogFeed.rows("A"));
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(tried("b.csv", CatalogFeed.rows("A")))
        .isInstanceOfSatisfying(
            DryRunOutcome.NotTaken.class,
            not -> {
              assertThat(not.state()).isEqualTo("DUPLICATE");
              assertThat(not.reason()).contains("same content as file", "(a.csv)");
            });
    assertThat(feed.ledger()).containsExactly("a.csv LOADED");
  }

  @Test
  void looksIntoAFileThatWouldBeHeldOrIs() throws IOException {
    feed.write("a.csv", CatalogFeed.rows("A"));
    CatalogFeed.untilQuiet(feed.poll());
    String content = CatalogFeed.rows("A", "B") + "C,,Artist,,,1,1\n";

    assertHeld(tried("a.csv", content));
    assertThat(feed.ledger()).containsExactly("a.csv LOADED");

    feed.write("a.csv", content);
    CatalogFeed.untilQuiet(feed.poll());
    assertHeld(tried("a.csv", content));
    assertThat(feed.ledger()).containsExactly("a.csv LOADED", "a.csv HELD");
    assertThat(feed.items()).containsExactly("A");
  }

  private static void assertHeld(DryRunOutcome outcome) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            DryRunOutcome.Held.class,
            held -> {
              assertThat(held.reason())
                  .contains("a file named a.csv was loaded before with other content: file ")
                  .endsWith("A release loads this one besides, not in its place");
              assertThat(held.released().state()).isEqualTo("LOADED");
              assertThat(held.released().loaded()).isEqualTo(2);
              assertThat(held.released().errors())
                  .extracting(error -> error.line() + " " + error.code())
                  .containsExactly("4 E-NULL");
            });
  }

  @Test
  void looksIntoAFileWhoseNumberIsNotNextAndNamesTheCodeOfAName() throws IOException {
    LargeFeed.makeTablesAnew(DATABASE);
    LargeFeed numbered =
        new LargeFeed(DATABASE, drop, clock, "append").with(", name: 'f(?<sequence>\\d+)\\.csv'");
    Path early = Files.writeString(elsewhere.resolve("f3.csv"), LargeFeed.records(3));
    Path other = Files.writeString(elsewhere.resolve("x.csv"), LargeFeed.records(3));

    assertThat(numbered.dryRun().of(early, clock, 10))
        .isInstanceOfSatisfying(
            DryRunOutcome.Held.class,
            held -> {
              assertThat(held.reason()).startsWith("E-SEQ-GAP: it is number 3");
              assertThat(held.released().loaded()).isEqualTo(3);
            });
    assertThat(numbered.dryRun().of(other, clock, 10))
        .isInstanceOfSatisfying(
            DryRunOutcome.NotTaken.class,
            not -> {
              assertThat(not.state()).isEqualTo("REJECTED");
              assertThat(not.reason()).startsWith("E-NAME: ");
            });
    assertThat(numbered.ledger()).isEmpty();
  }

  @Test
  void keepsTheFeedBusyWithoutStoppingItsPolls() throws IOException {
    feed.write("b.csv", CatalogFeed.rows("B"));
    FeedPoll poll = feed.poll();
    AtomicBoolean once = new AtomicBoolean();
    List<Boolean> worked = new ArrayList<>();
    List<DryRunOutcome> second = new ArrayList<>();
    DryRunOutcome outcome;
    try (Faults faults =
        Faults.at(
            point -> {
              if (point == FaultPoint.FILE_CHECKED && once.compareAndSet(false, true)) {
                CompletableFuture.runAsync(
                        () -> {
                          CatalogFeed.untilQuiet(poll);
                          worked.add(feed.items().isEmpty());
                          second.add(feed.dryRun().of(elsewhere.resolve("a.csv"), clock, 1));
                        })
                    .join();
              }
            })) {
      outcome = tried("a.csv", CatalogFeed.rows("A"));
      assertThat(faults.hits(FaultPoint.FILE_CHECKED)).isEqualTo(1);
    }

    assertThat(outcome).isInstanceOf(DryRunOutcome.Tried.class);
    assertThat(worked).containsExactly(true);
    assertThat(second).containsExactly(new DryRunOutcome.Busy());
    CatalogFeed.untilQuiet(poll);
    assertThat(feed.items()).containsExactly("B");
  }

  /** Of a numbered feed each claim looks at the last number, under a lock. */
  @Test
  void letsFilesOfItsNumberAndContentBeClaimedMeanwhile() throws IOException {
    LargeFeed.makeTablesAnew(DATABASE);
    LargeFeed numbered =
        new LargeFeed(DATABASE, drop, clock, "append").with(", name: 'f(?<sequence>\\d+)\\.csv'");
    Path file = Files.writeString(elsewhere.resolve("f1.csv"), LargeFeed.records(3));
    AtomicBoolean once = new AtomicBoolean();
    FaultPoint.hook(
        point -> {
          if (point == FaultPoint.FILE_CHECKED && once.compareAndSet(false, true)) {
            numbered.drop("f1.csv", LargeFeed.records(3));
            numbered.drop("f2.csv", LargeFeed.records(4));
            CompletableFuture.runAsync(() -> CatalogFeed.untilQuiet(numbered.poll()))
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
          }
        });
    DryRunOutcome outcome;
    try {
      outcome = numbered.dryRun().of(file, clock, 10);
    } finally {
      FaultPoint.hook(null);
    }

    assertThat(outcome)
        .isInstanceOfSatisfying(
            DryRunOutcome.Tried.class, tried -> assertThat(tried.loaded()).isEqualTo(3));
    assertThat(numbered.ledger()).containsExactly("f1.csv CLAIMED 0 0 0", "f2.csv HELD 0 0 0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "merge"})
  void isOneTransactionForALargeFile(String job) throws IOException {
    LargeFeed.makeTablesAnew(DATABASE);
    LargeFeed large = new LargeFeed(DATABASE, drop, clock, job);
    Path file = Files.writeString(elsewhere.resolve("large.csv"), LargeFeed.records(1_000));
    AtomicBoolean sliced = new AtomicBoolean();
    DryRunOutcome outcome;
    List<String> told = new ArrayList<>();
    FaultPoint.hook(point -> sliced.compareAndSet(false, point == FaultPoint.SLICE_COMMITTED));
    try {
      outcome = large.dryRun().telling(told::add).of(file, clock, 10);
    } finally {
      FaultPoint.hook(null);
    }

    assertThat(outcome).isInstanceOf(DryRunOutcome.Tried.class);
    assertThat(((DryRunOutcome.Tried) outcome).loaded()).isEqualTo(1_000);
    assertThat(sliced).isFalse();
    assertThat(told).hasSizeGreaterThan(10);
    assertThat(told.get(0))
        .matches("\\d+ of 39018 bytes, \\d+ records, 0 rejected, \\d+ a second, \\d+ s left");
    assertThat(told.get(told.size() - 1))
        .matches(
            "all 39018 bytes are read, 1000 records, 0 rejected; indexes, checks and SQL follow");
    assertNothingIsLeft();
    assertThat(large.one("SELECT count(*)::text FROM catalog.large")).isEqualTo("0");
    assertThat(large.one("SELECT count(*)::text FROM staging.large")).isEqualTo("0");
    assertThat(large.query("SELECT file::text FROM commondata.file_slice")).isEmpty();
  }
}
