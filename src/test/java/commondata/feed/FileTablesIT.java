package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import commondata.operate.Act;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.SettableClock;
import testkit.TestDatabase;

/** Files that get a table of their own, because theirs is partitioned by file. */
final class FileTablesIT {

  private static final int RECORDS = 1_000;
  private static final String OWN_TABLES =
      """
      SELECT concat_ws(' ', regexp_replace(c.relname, '[0-9]+$', 'N'), c.relispartition)
      FROM pg_class AS c
      WHERE c.relname LIKE 'large_split_%' AND c.relkind = 'r'
      ORDER BY c.oid
      """;

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  @TempDir private Path drop = Path.of("");
  private LargeFeed feed;

  @BeforeEach
  void makeTables() {
    LargeFeed.makeTablesAnew(DATABASE);
    feed = new LargeFeed(DATABASE, drop, SettableClock.at("2026-11-21T12:00:00Z"), "split");
  }

  private static void execute(String sql) {
    DATABASE.superuser().sql(sql).update();
  }

  @AfterEach
  void unhook() {
    FaultPoint.hook(null);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, RECORDS})
  void givesEachFileAPartitionWithTheIndexesOfTheWhole(int records) {
    feed.load("a.csv", LargeFeed.records(records));
    feed.load("b.csv", LargeFeed.records(records + 1));

    assertThat(feed.query(OWN_TABLES)).containsExactly("large_split_N t", "large_split_N t");
    assertThat(
            feed.query(
                """
                SELECT concat_ws(' ', t.relid = i.indrelid, count(*), bool_and(i.indisvalid))
                FROM pg_partition_tree('catalog.large_split') AS t
                JOIN pg_index AS i ON i.indrelid = t.relid
                WHERE t.isleaf
                GROUP BY t.relid, i.indrelid
                """))
        .containsExactly("t 2 t", "t 2 t");
    assertThat(feed.one("SELECT count(*)::text FROM catalog.large_split"))
        .isEqualTo(Integer.toString(2 * records + 1));
    assertThat(feed.query("SELECT conname::text FROM pg_constraint WHERE conname = 'is_of_file'"))
        .isEmpty();
  }

  @Test
  void showsNothingEvenToWhoeverReadsTheTableItself() {
    List<String> seen = new ArrayList<>();
    FaultPoint.hook(
        point -> {
          if (point == FaultPoint.SLICE_COMMITTED || point == FaultPoint.FILE_CHECKED) {
            synchronized (seen) {
              seen.add(feed.one("SELECT count(*)::text FROM catalog.large_split"));
            }
          }
        });

    feed.load("a.csv", LargeFeed.records(RECORDS));

    assertThat(seen).hasSizeGreaterThan(5).containsOnly("0");
    assertThat(feed.one("SELECT count(*)::text FROM catalog.large_split"))
        .isEqualTo(Integer.toString(RECORDS));
  }

  @Test
  void rejectsRecordsWhoseKeyStandsInTheFileBefore() {
    String[] lines = LargeFeed.records(RECORDS).split("\n", -1);
    lines[500] = lines[10];
    lines[501] = lines[10];
    lines[502] = "no-uuid,1";
    lines[503] = LargeFeed.id(9_999) + ",13";
    lines[504] = LargeFeed.id(9_998) + ",77";
    long total = 0;
    for (int i = 1; i <= RECORDS; i++) {
      total += Long.parseLong(lines[i].substring(lines[i].indexOf(',') + 1));
    }
    lines[RECORDS + 1] = "#T,%d,%d".formatted(RECORDS, total);
    feed.limited("rejects: {max: 5, on_exceed: load-rest}\n");

    feed.load("a.csv", String.join("\n", lines));

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 1000 995 5");
    assertThat(feed.rejects())
        .containsExactly(
            "501 E-KEY-DUP", "502 E-KEY-DUP", "503 E-TABLE", "504 E-TABLE", "505 E-KEY-MISSING");
    assertThat(
            feed.one(
                """
                SELECT concat_ws('|', r.column_name, r.message, r.raw)
                FROM commondata.file_reject AS r
                WHERE r.line = 502
                """))
        .isEqualTo("id|\"%s\" stands in line 11 already|%s".formatted(LargeFeed.id(9), lines[10]));
    assertThat(feed.one("SELECT concat_ws(' ', count(*), min(line)) FROM catalog.large_split"))
        .isEqualTo("995 2");
  }

  @ParameterizedTest
  @CsvSource({"2, x", RECORDS + ", 7"})
  void leavesNothingOfAFileThatIsRefused(int records, String trailer) {
    feed.load("a.csv", LargeFeed.records(records).replaceFirst("#T,\\d+", "#T," + trailer));

    assertThat(feed.ledger().get(0)).startsWith("a.csv REJECTED");
    assertThat(feed.query(OWN_TABLES)).isEmpty();
  }

  @Test
  void leavesNothingWhenTheCheckRefusesTheFile() {
    feed.limited("rejects: {max: 1}\n");
    String refused = LargeFeed.records(RECORDS).replaceAll(",9\n", ",77\n");

    feed.load("a.csv", refused.replaceFirst("#T.*", "#T,1000,%d".formatted(3600 + 7700)));

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED 1000 0 100");
    assertThat(feed.query(OWN_TABLES)).isEmpty();
  }

  @Test
  void waitsForNoReaderWhenTheFileIsRefused() throws SQLException {
    feed.limited("rejects: {max: 1}\n");
    String refused = LargeFeed.records(RECORDS).replaceAll(",9\n", ",77\n");
    try (Connection reader = reader()) {
      feed.load("a.csv", refused.replaceFirst("#T.*", "#T,1000,%d".formatted(3600 + 7700)));

      assertThat(reader.isValid(1)).isTrue();
    }

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED 1000 0 100");
    assertThat(feed.query(OWN_TABLES)).containsExactly("large_split_N t");
    assertThat(feed.one("SELECT count(*)::text FROM catalog.large_split")).isEqualTo("0");
  }

  /** A transaction that has read the whole and stays open. */
  private static Connection reader() throws SQLException {
    Connection reader =
        DriverManager.getConnection(DATABASE.url(), DATABASE.owner(), DATABASE.password());
    reader.setAutoCommit(false);
    try (var statement = reader.createStatement()) {
      statement.execute("SELECT count(*) FROM catalog.large_split");
    }
    return reader;
  }

  @Test
  void waitsForNoReaderWhenTheFileIsLoaded() throws SQLException {
    try (Connection reader = reader()) {
      feed.load("a.csv", LargeFeed.records(RECORDS));

      assertThat(reader.isValid(1)).isTrue();
    }

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 1000 1000 0");
  }

  @Test
  void triesAFileAndLeavesNothing() {
    feed.drop("a.csv", LargeFeed.records(RECORDS));

    DryRunOutcome outcome = feed.dryRun().of(feed.incoming("a.csv"), Clock.systemUTC(), 5);

    assertThat(outcome)
        .isInstanceOfSatisfying(
            DryRunOutcome.Tried.class, tried -> assertThat(tried.state()).isEqualTo("LOADED"));
    assertThat(feed.query(OWN_TABLES)).isEmpty();
  }

  @Test
  void givesACorrectionAPartitionToo() {
    feed.load("a.csv", "id,n\n%s,1\n%s,x\n#T,2,1\n".formatted(LargeFeed.id(1), LargeFeed.id(2)));
    long file = Long.parseLong(feed.one("SELECT max(id)::text FROM commondata.file"));

    CorrectionOutcome outcome =
        feed.corrections()
            .resubmit(
                file,
                new TreeMap<>(Map.of(3L, LargeFeed.id(2) + ",2")),
                new Act("ann", "a typing error"));

    assertThat(outcome).isInstanceOf(CorrectionOutcome.Loaded.class);
    assertThat(feed.query(OWN_TABLES)).containsExactly("large_split_N t", "large_split_N t");
    assertThat(feed.one("SELECT string_agg(n || ' ' || line, ',') FROM published.large"))
        .isEqualTo("1 2,2 3");
  }

  @Test
  void loadsNothingIfSomebodyHasDroppedItsTable() {
    FaultPoint.hook(
        point -> {
          if (point == FaultPoint.FILE_STAGED) {
            execute(
                "DROP TABLE catalog.large_split_%s"
                    .formatted(feed.one("SELECT max(id)::text FROM commondata.file")));
          }
        });

    feed.load("a.csv", LargeFeed.records(RECORDS));

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED 1000 0 0");
    assertThat(feed.one("SELECT reason FROM commondata.file")).contains("does not exist");
  }

  @Test
  void doesNotGoOnWithALoadWhoseTableIsGone() {
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 3);
    execute(
        "DROP TABLE catalog.large_split_%s"
            .formatted(feed.one("SELECT max(id)::text FROM commondata.file")));

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger().get(0)).matches("a.csv REJECTED [1-9]\\d* 0 0");
    assertThat(feed.one("SELECT reason FROM commondata.file"))
        .contains("is gone, into which slices of file");
    feed.load("b.csv", LargeFeed.records(RECORDS));
    assertThat(feed.ledger()).as("the same content").contains("b.csv LOADED 1000 1000 0");
  }

  @Test
  void rejectsRecordsThatRepeatAKeyWithoutAValue() {
    execute(
        """
        ALTER TABLE catalog.large_split ALTER COLUMN n DROP NOT NULL;
        CREATE UNIQUE INDEX ON catalog.large_split (n, file) NULLS NOT DISTINCT;
        """);
    String records =
        "%s,1%n%s,%n%s,%n".formatted(LargeFeed.id(1), LargeFeed.id(2), LargeFeed.id(3));

    feed.load("a.csv", "id,n\n" + records + "#T,3,1\n");

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 3 2 1");
    assertThat(feed.rejects()).containsExactly("4 E-KEY-DUP");
  }

  @Test
  void liesInTheTablespaceOfTheWhole() {
    execute(
        """
        DO $$
        BEGIN
            EXECUTE format(
                'ALTER DATABASE %I SET allow_in_place_tablespaces = on', current_database());
        END
        $$
        """);
    execute("CREATE TABLESPACE large_split LOCATION ''");
    try {
      execute("GRANT CREATE ON TABLESPACE large_split TO commondata_owner");
      execute("ALTER TABLE catalog.large_split SET TABLESPACE large_split");

      feed.load("a.csv", LargeFeed.records(2));

      assertThat(feed.query(OWN_TABLES)).containsExactly("large_split_N t");
      assertThat(
              feed.one(
                  """
                  SELECT string_agg(CAST(c.relkind AS text), ',' ORDER BY c.relkind)
                  FROM pg_class AS c
                  JOIN pg_tablespace AS s ON s.oid = c.reltablespace
                  WHERE s.spcname = 'large_split'
                  """))
          .isEqualTo("p,r");
    } finally {
      execute("DROP TABLE catalog.large_split CASCADE");
      execute("DROP TABLESPACE large_split");
    }
  }

  @Test
  void goesOnInATableThatAnotherLoginMade() {
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 3);
    execute(
        "REVOKE INSERT ON catalog.large_split_%s FROM catalog_service"
            .formatted(feed.one("SELECT max(id)::text FROM commondata.file")));

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 1000 1000 0");
  }

  @Test
  void beginsAnewIfTheTableHasGotAnotherColumn() {
    feed.drop("a.csv", LargeFeed.records(RECORDS));
    feed.pollUntilDeadAt(FaultPoint.SLICE_COMMITTED, 3);
    execute("ALTER TABLE catalog.large_split ADD COLUMN note text NOT NULL DEFAULT 'none'");

    CatalogFeed.untilQuiet(feed.poll());

    assertThat(feed.ledger()).containsExactly("a.csv LOADED 1000 1000 0");
    assertThat(feed.one("SELECT count(note)::text FROM catalog.large_split")).isEqualTo("1000");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          CREATE TABLE catalog.large_rest PARTITION OF catalog.large_split DEFAULT \
          | default partition catalog.large_rest would be locked and read through for each file
          CREATE TRIGGER own_rule BEFORE INSERT ON catalog.large_split \
          FOR EACH ROW EXECUTE FUNCTION catalog.own_rule() \
          | trigger "own_rule" on INSERT would not run
          CREATE TRIGGER own_rule AFTER INSERT ON catalog.large_split \
          FOR EACH STATEMENT EXECUTE FUNCTION catalog.own_rule() \
          | trigger "own_rule" on INSERT would not run
          ALTER TABLE catalog.large_split ADD COLUMN nr bigint GENERATED ALWAYS AS IDENTITY \
          | identity column "nr" would get no numbers
          ALTER TABLE catalog.large_split ENABLE ROW LEVEL SECURITY \
          | row-level security would not be asked
          """)
  void takesNoTableWhoseRowsWouldMissWhatItDoesToThem(String table, String why) {
    execute(
        """
        CREATE OR REPLACE FUNCTION catalog.own_rule() RETURNS trigger
        LANGUAGE plpgsql
        AS 'BEGIN RETURN new; END';
        """);
    execute(table);

    feed.load("a.csv", LargeFeed.records(2));

    assertThat(feed.one("SELECT reason FROM commondata.file"))
        .contains("table catalog.large_split can give no file a table of its own: its " + why)
        .contains("append to a table that is not partitioned by file");
    assertThat(feed.one("SELECT count(*)::text FROM catalog.large_split")).isEqualTo("0");
  }
}
