package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import commondata.fault.FaultPoint;
import commondata.operate.Act;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import testkit.Faults;
import testkit.SettableClock;
import testkit.TestDatabase;

/** Refused records that are corrected and loaded alone. */
final class CorrectionIT {

  private static final Act ANN = new Act("ann", "the store called");
  private static final String GOOD = "B,Title,Artist,,,0.99,1";

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @TempDir private Path drop = Path.of("");

  @SuppressWarnings("NullAway.Init")
  private CatalogFeed feed;

  @BeforeEach
  void loadAFileWithARefusedRecord() {
    feed = new CatalogFeed(DATABASE, drop, SettableClock.at("2026-11-21T12:00:00Z"));
    feed.empty();
    feed.write("catalog-2026-11-20.csv", CatalogFeed.rows("A") + "B,,Artist,,,x,1\n");
    CatalogFeed.untilQuiet(feed.poll());
  }

  private long file() {
    return Long.parseLong(
        feed.query("SELECT id::text FROM commondata.file WHERE corrects IS NULL").get(0));
  }

  private CorrectionOutcome resubmit(long line, String record) {
    return feed.corrections().resubmit(file(), new TreeMap<>(Map.of(line, record)), ANN);
  }

  private List<String> ledger() {
    return feed.query(
        """
        SELECT concat_ws(
            ' ', f.name, f.state, f.record_count, f.loaded_count, f.rejected_count,
            f.business_date, f.corrects - min(f.id) OVER ())
        FROM commondata.file AS f
        ORDER BY f.id
        """);
  }

  private void assertUntouched() {
    assertNothingOfIt();
    assertThat(feed.query("SELECT state FROM commondata.run WHERE state = 'RUNNING'")).isEmpty();
  }

  private void assertNothingOfIt() {
    assertThat(ledger()).containsExactly("catalog-2026-11-20.csv LOADED 2 1 1 2026-11-20");
    assertThat(feed.items()).containsExactly("A");
    assertThat(feed.events()).containsExactly("A");
    assertThat(feed.staged()).isEmpty();
    assertThat(feed.query("SELECT code FROM commondata.file_reject ORDER BY code"))
        .containsExactly("E-NULL", "E-TYPE");
    assertThat(feed.query("SELECT record FROM commondata.file_correction")).isEmpty();
    assertThat(
            feed.query(
                "SELECT act FROM commondata.operator_act WHERE target = 'file %d'"
                    .formatted(file())))
        .isEmpty();
  }

  @Test
  void isLoadedAloneWithItsLineage() {
    CorrectionOutcome outcome = resubmit(3, GOOD);

    assertThat(outcome).isInstanceOf(CorrectionOutcome.Loaded.class);
    assertThat(feed.items()).containsExactly("A", "B");
    assertThat(feed.events()).containsExactly("A", "B");
    assertThat(ledger())
        .containsExactly(
            "catalog-2026-11-20.csv LOADED 2 1 1 2026-11-20",
            "catalog-2026-11-20.csv LOADED 1 1 0 2026-11-20 0");
    assertThat(
            feed.query(
                """
                SELECT DISTINCT concat_ws(
                    ' | ', i.line, c.corrected_file = %d, c.line, c.record, r.raw)
                FROM catalog.item AS i
                JOIN commondata.file_correction AS c ON c.file = i.file AND c.line = i.line
                JOIN commondata.file_reject AS r
                    ON r.file = c.corrected_file
                    AND r.line = c.line
                """
                    .formatted(file())))
        .containsExactly("3 | t | 3 | " + GOOD + " | B,,Artist,,,x,1");
    assertThat(
            feed.query(
                """
                SELECT concat_ws(' ', a.actor, a.act, a.target = 'file %d', a.reason, a.before)
                FROM commondata.operator_act AS a
                ORDER BY a.id DESC
                LIMIT 1
                """
                    .formatted(file())))
        .containsExactly("ann correct t the store called {\"refused\": [3]}");
    assertThat(feed.query("SELECT corrected_count::text FROM commondata.file_summary"))
        .containsExactlyInAnyOrder("1", "0");
    assertThat(
            feed.query(
                """
                SELECT c.name
                FROM invariant.check() AS c
                WHERE c.name IN (
                        'file_adds_up', 'content_is_loaded_once', 'file_agrees_with_run',
                        'corrected_record_was_refused')
                  AND c.violations = 0
                  AND c.looked_at > 0
                """))
        .hasSize(4);
  }

  private CorrectionOutcome tried(String record) {
    return feed.corrections().dryRun(file(), new TreeMap<>(Map.of(3L, record)));
  }

  @Test
  void isTriedAndNothingIsLeft() {
    assertThat(tried(GOOD))
        .isInstanceOfSatisfying(
            CorrectionOutcome.Tried.class,
            tried -> {
              assertThat(tried.outcome().loaded()).isEqualTo(1);
              assertThat(tried.outcome().written()).isEqualTo(1);
              assertThat(tried.outcome().events()).isEqualTo(Map.of("catalog.item-listed", 1L));
            });
    assertUntouched();
    assertThat(feed.query("SELECT state FROM commondata.run")).containsExactly("SUCCEEDED");
  }

  @Test
  void isTriedWithEveryErrorOfIt() {
    assertThat(tried("B,,Artist,,,-1,1"))
        .isInstanceOfSatisfying(
            CorrectionOutcome.StillWrong.class,
            wrong ->
                assertThat(wrong.errors())
                    .extracting(RecordError::code)
                    .containsExactly("E-NULL", "E-RANGE"));
    assertThat(feed.corrections().dryRun(file(), new TreeMap<>(Map.of(2L, GOOD))).toString())
        .contains("no record was refused at line 2");
    assertUntouched();
    assertThat(feed.query("SELECT state FROM commondata.run")).containsExactly("SUCCEEDED");
  }

  @Test
  void isRefusedWithEveryErrorOfIt() {
    CorrectionOutcome outcome = resubmit(3, "B,,Artist,,,-1,1");

    assertThat(outcome).isInstanceOf(CorrectionOutcome.StillWrong.class);
    assertThat(((CorrectionOutcome.StillWrong) outcome).errors())
        .extracting(error -> error.line() + " " + error.column() + " " + error.code())
        .containsExactly("3 title E-NULL", "3 unit_price E-RANGE");
    assertUntouched();
    assertThat(
            feed.query(
                "SELECT exit_code || ' ' || message FROM commondata.run ORDER BY id DESC LIMIT 1"))
        .containsExactly(
            "8 1 of 1 corrected records are still wrong; line 3: E-NULL: expected a value, found none");
    assertThat(resubmit(3, GOOD)).isInstanceOf(CorrectionOutcome.Loaded.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                    | E-REC-ONE",
        "'B,T,A,,,1,1\nC,T,A,,,1,1'            | E-REC-ONE",
        "'\"B,T,A,,,1,1'                       | E-QUOTE",
        "'B,T'                                 | E-COLS",
        "sku,title,artist,album,genre,unit_price,initial_stock | E-TYPE",
      })
  void isRefusedUnlessItIsOneRecord(String record, String code) {
    CorrectionOutcome outcome = resubmit(3, record);

    assertThat(outcome).isInstanceOf(CorrectionOutcome.StillWrong.class);
    assertThat(((CorrectionOutcome.StillWrong) outcome).errors())
        .extracting(RecordError::code)
        .contains(code);
    assertUntouched();
  }

  @Test
  void happensOnce() {
    resubmit(3, GOOD);

    assertThat(resubmit(3, GOOD))
        .isInstanceOfSatisfying(
            CorrectionOutcome.Refused.class,
            refused -> assertThat(refused.message()).contains("corrected before: line 3 (as file"));
    assertThat(feed.events()).containsExactly("A", "B");
  }

  @ParameterizedTest
  @EnumSource(names = {"FILE_CHECKED", "FILE_MERGED", "TRANSACTION_DONE"})
  void leavesNothingOfAProcessThatDiesBeforeTheCommit(FaultPoint point) {
    dieAt(point);
    assertNothingOfIt();
    assertThat(resubmit(3, GOOD)).as("a run is under way").isEqualTo(new CorrectionOutcome.Busy());
    feed.ageRuns();

    assertThat(resubmit(3, GOOD)).isInstanceOf(CorrectionOutcome.Loaded.class);

    assertThat(feed.items()).containsExactly("A", "B");
    assertThat(feed.events()).containsExactly("A", "B");
    assertThat(feed.query("SELECT state FROM commondata.run ORDER BY id"))
        .containsExactly("SUCCEEDED", "ABANDONED", "SUCCEEDED");
  }

  @Test
  void isDoneIfItsProcessDiesBehindTheCommit() {
    dieAt(FaultPoint.TRANSACTION_COMMITTED);

    assertThat(resubmit(3, GOOD).toString()).contains("corrected before: line 3");
    assertThat(feed.items()).containsExactly("A", "B");
    assertThat(feed.events()).containsExactly("A", "B");
    assertThat(feed.query("SELECT state FROM commondata.run WHERE state = 'RUNNING'")).isEmpty();
  }

  private void dieAt(FaultPoint point) {
    try (Faults faults = Faults.dieAt(point)) {
      assertThat(catchThrowable(() -> resubmit(3, GOOD))).isInstanceOf(Faults.Died.class);
      assertThat(faults.hits(point)).isEqualTo(1);
    }
  }

  @Test
  void isOnlyOfARefusedRecordOfALoadedFile() {
    assertThat(resubmit(2, GOOD)).hasToString(refused("no record was refused at line 2"));
    assertThat(feed.corrections().resubmit(77, new TreeMap<>(Map.of(3L, GOOD)), ANN))
        .isEqualTo(new CorrectionOutcome.Refused("file 77 is none of feed \"catalog\""));
    feed.write("bad.csv", "sku\nA\n");
    CatalogFeed.untilQuiet(feed.poll());
    long bad = Long.parseLong(feed.query("SELECT max(id)::text FROM commondata.file").get(0));
    assertThat(feed.corrections().resubmit(bad, new TreeMap<>(Map.of(1L, GOOD)), ANN).toString())
        .contains("(bad.csv) is REJECTED", "drop the corrected file instead");
    assertThat(feed.items()).containsExactly("A");
  }

  private String refused(String why) {
    return new CorrectionOutcome.Refused(
            "file %d (catalog-2026-11-20.csv): %s; see its rejects".formatted(file(), why))
        .toString();
  }

  @Test
  void hasItsColumnsAsTheFileHasThem() {
    feed.empty();
    feed.write(
        "a.csv",
        "title,sku,artist,album,genre,unit_price,initial_stock\nT,A,Artist,,,1,1\n,B,Artist,,,1,1\n");
    CatalogFeed.untilQuiet(feed.poll());

    assertThat(resubmit(3, "T,B,Artist,,,1,1")).isInstanceOf(CorrectionOutcome.Loaded.class);

    assertThat(feed.items()).containsExactly("A", "B");
  }

  @Test
  void waitsForTheLoadOfAFile() {
    feed.query(
        """
        INSERT INTO commondata.run (job, business_date, attempt, started_by, node, started_at)
        VALUES (
            'catalog', '2026-11-20', 9, 'file', 'n9', clock_timestamp() + interval '1 hour')
        RETURNING 'begun'
        """);

    assertThat(resubmit(3, GOOD)).isEqualTo(new CorrectionOutcome.Busy());

    feed.query("DELETE FROM commondata.run WHERE node = 'n9' RETURNING 'ended'");
    assertUntouched();
  }

  @Test
  void goesStraightIntoATableThatIsAppendedTo() {
    LargeFeed.makeTables(DATABASE);
    LargeFeed append =
        new LargeFeed(DATABASE, drop, SettableClock.at("2026-11-21T12:00:00Z"), "append");
    append.drop(
        "large.csv", "id,n\n%s,1\n%s,x\n#T,2,1\n".formatted(LargeFeed.id(1), LargeFeed.id(2)));
    CatalogFeed.untilQuiet(append.poll());
    long file = Long.parseLong(append.one("SELECT max(id)::text FROM commondata.file"));

    assertThat(correct(append, file, LargeFeed.id(1) + ",2")).contains("E-KEY-DUP");
    assertThat(correct(append, file, LargeFeed.id(2) + ",13")).contains("E-TABLE");
    assertThat(correct(append, file, LargeFeed.id(2) + ",77")).contains("E-KEY-MISSING");
    assertThat(correct(append, file, "#T,2,1")).contains("E-REC-ONE");
    assertThat(append.one("SELECT count(*)::text FROM catalog.large")).isEqualTo("1");
    assertThat(correct(append, file, LargeFeed.id(2) + ",2")).startsWith("Loaded");

    assertThat(append.one("SELECT string_agg(n || ' ' || line, ',') FROM published.large"))
        .isEqualTo("1 2,2 3");
  }

  private static String correct(LargeFeed append, long file, String record) {
    return append.corrections().resubmit(file, new TreeMap<>(Map.of(3L, record)), ANN).toString();
  }
}
