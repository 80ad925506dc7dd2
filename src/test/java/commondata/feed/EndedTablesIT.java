package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import testkit.SettableClock;
import testkit.TestDatabase;

/** Tables that files had for themselves, and that the upkeep takes away. */
final class EndedTablesIT {

  private static final int RECORDS = 1_000;

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final SettableClock clock = SettableClock.at("2026-11-21T12:00:00Z");
  @TempDir private Path drop = Path.of("");
  private LargeFeed feed;

  @BeforeEach
  void makeTables() {
    LargeFeed.makeTablesAnew(DATABASE);
    feed =
        new LargeFeed(DATABASE, drop, clock, "split")
            .with(
                ", name: '.*-(?<business_date>\\d{4}-\\d{2}-\\d{2})\\.csv', supersede: business-date");
  }

  private static void execute(String sql) {
    DATABASE.superuser().sql(sql).update();
  }

  private void load(String name, int records) {
    feed.load(name, LargeFeed.records(records));
  }

  private void upkeep() {
    new FeedUpkeep(List.of(feed.feed()), List.of(), clock).pollOnce();
  }

  /** The tables, by the names of the files whose number they have. */
  private List<String> tables() {
    return feed.query(
        """
        SELECT concat_ws(' ', f.name, f.state)
        FROM pg_class AS c
        JOIN commondata.file AS f ON c.relname = 'large_split_' || f.id
        WHERE c.relkind = 'r'
        ORDER BY f.id
        """);
  }

  @Test
  void dropsThePartitionOfASupersededFile() {
    load("a-2026-11-20.csv", 2);
    load("b-2026-11-20.csv", 3);
    assertThat(tables()).containsExactly("a-2026-11-20.csv SUPERSEDED", "b-2026-11-20.csv LOADED");

    upkeep();

    assertThat(tables()).containsExactly("b-2026-11-20.csv LOADED");
    assertThat(feed.one("SELECT count(*)::text FROM catalog.large_split")).isEqualTo("3");
  }

  @Test
  void dropsTheTableOfAFileThatWasRefusedBetweenTwoNodes() {
    feed.drop("a-2026-11-20.csv", LargeFeed.records(RECORDS));
    feed.pollUntilDeadAt(FaultPoint.SLICE_TAKEN, 1);
    upkeep();
    assertThat(tables()).as("on its way").containsExactly("a-2026-11-20.csv CLAIMED");
    execute("UPDATE commondata.file SET state = 'REJECTED'");

    upkeep();

    assertThat(tables()).isEmpty();
  }

  @Test
  void waitsForNobodyWhoReadsTheWhole() throws SQLException {
    load("a-2026-11-20.csv", 2);
    load("b-2026-11-20.csv", 3);
    try (Connection reader =
        DriverManager.getConnection(DATABASE.url(), DATABASE.owner(), DATABASE.password())) {
      reader.setAutoCommit(false);
      reader.createStatement().execute("SELECT count(*) FROM catalog.large_split");

      upkeep();

      assertThat(tables())
          .containsExactly("a-2026-11-20.csv SUPERSEDED", "b-2026-11-20.csv LOADED");
    }
    upkeep();
    assertThat(tables()).containsExactly("b-2026-11-20.csv LOADED");
  }

  @Test
  void leavesWhatIsOnlyCalledLikeTheFiles() {
    load("a-2026-11-20.csv", 2);
    load("b-2026-11-20.csv", 3);
    String old = feed.one("SELECT min(id)::text FROM commondata.file");
    execute(
        """
        DROP TABLE catalog.large_split_%1$s;
        CREATE TABLE catalog.large_split_%1$s (n integer);
        ALTER TABLE catalog.large_split_%1$s OWNER TO commondata_owner;
        CREATE TABLE catalog.large_split_99999999999999999999 (n integer);
        """
            .formatted(old));
    try {
      upkeep();

      assertThat(tables())
          .containsExactly("a-2026-11-20.csv SUPERSEDED", "b-2026-11-20.csv LOADED");
    } finally {
      execute(
          """
          DROP TABLE catalog.large_split_%s, catalog.large_split_99999999999999999999
          """
              .formatted(old));
    }
  }
}
