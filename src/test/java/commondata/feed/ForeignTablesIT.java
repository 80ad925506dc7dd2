package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.database.Login;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.SettableClock;
import testkit.TestDatabase;

/** Tables that are called like a file's own and are somebody else's, and logins that want them. */
final class ForeignTablesIT {

  private static final String PARTITION =
      """
      CREATE TABLE catalog.large_split_%1$s
      PARTITION OF catalog.large_split FOR VALUES IN (%2$s);
      ALTER TABLE catalog.large_split_%1$s OWNER TO commondata_owner;
      INSERT INTO catalog.large_split (id, n, file, line)
      SELECT gen_random_uuid(), 1, v.file, 2
      FROM unnest(CAST('{%2$s}' AS bigint[])) AS v (file);
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

  private long next() {
    return Long.parseLong(
        feed.one("SELECT (nextval(pg_get_serial_sequence('commondata.file', 'id')) + 1)::text"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"commondata_owner", "payment_service"})
  void leavesATableThatIsOnlyCalledLikeTheFiles(String owner) {
    long next = next();
    String table = "catalog.large_split_" + next;
    execute(
        """
        CREATE TABLE %1$s (n integer);
        INSERT INTO %1$s (n) VALUES (1), (2);
        ALTER TABLE %1$s OWNER TO %2$s;
        """
            .formatted(table, owner));
    try {
      feed.load("a.csv", LargeFeed.records(2));

      assertThat(feed.ledger()).containsExactly("a.csv REJECTED 0 0 0");
      assertThat(feed.one("SELECT reason FROM commondata.file"))
          .contains("large_split_" + next + " is there already");
      assertThat(feed.one("SELECT count(*)::text FROM " + table)).isEqualTo("2");
    } finally {
      execute("DROP TABLE " + table);
    }
  }

  @Test
  void leavesAPartitionOfSeveralFiles() {
    long next = next();
    execute(PARTITION.formatted(next, "1, 2, " + next));

    feed.load("a.csv", LargeFeed.records(2));

    assertThat(feed.ledger()).containsExactly("a.csv REJECTED 0 0 0");
    assertThat(feed.one("SELECT count(*)::text FROM catalog.large_split")).isEqualTo("3");
  }

  @Test
  void attachesNoTableThatIsAnothers() {
    claim("split");
    String file = feed.one("SELECT id::text FROM commondata.file");
    execute("CREATE TABLE catalog.large_split_%s (LIKE catalog.large_split)".formatted(file));

    assertThatThrownBy(() -> call("catalog_service", "attach_file_table"))
        .rootCause()
        .hasMessageContaining("is not one that file " + file + " is loaded into");
  }

  @Test
  void letsNobodyElseMakeAttachOrDropATable() {
    claim("split");

    for (String function : List.of("open_file_table", "attach_file_table", "drop_file_table")) {
      assertThatThrownBy(() -> call("payment_service", function))
          .rootCause()
          .hasMessageContaining("belongs to \"catalog_service\", not to login \"payment_service\"");
    }
  }

  @Test
  void letsTheOwnerOfAnotherFeedDoNothingInATableThatItMayNotWriteTo() {
    execute(
        """
        INSERT INTO commondata.job (name, owner)
        VALUES ('foreign', 'payment_service')
        ON CONFLICT (name) DO NOTHING
        """);
    claim("foreign");
    String file = feed.one("SELECT id::text FROM commondata.file");
    execute(PARTITION.formatted(file, file));

    for (String function : List.of("open_file_table", "attach_file_table")) {
      assertThatThrownBy(() -> call("payment_service", function))
          .rootCause()
          .hasMessageContaining("login \"payment_service\" may not insert into table");
    }
    assertThat(call("payment_service", "drop_file_table")).isEqualTo("true");
    assertThat(feed.one("SELECT count(*)::text FROM catalog.large_split")).isEqualTo("1");
  }

  private static void claim(String feed) {
    execute(
        """
        INSERT INTO commondata.file (feed, name, sha256, size_bytes, business_date, state)
        VALUES ('%s', 'x.csv', repeat('0', 64), 1, DATE '2026-11-21', 'CLAIMED')
        """
            .formatted(feed));
  }

  private String call(String login, String function) {
    String file = feed.one("SELECT max(id)::text FROM commondata.file");
    Login caller = DATABASE.login(login);
    return caller
        .jdbc()
        .sql("SELECT commondata.%s(%s, 'catalog.large_split')::text".formatted(function, file))
        .query(String.class)
        .single();
  }

  @Test
  void makesNoTableInsideOneThatTheLoginMayNotWriteTo() {
    execute("REVOKE INSERT ON catalog.large_split FROM catalog_service");

    feed.load("a.csv", LargeFeed.records(2));

    assertThat(feed.one("SELECT reason FROM commondata.file"))
        .contains("login \"catalog_service\" may not insert into table catalog.large_split");
    assertThat(feed.query("SELECT relname::text FROM pg_class WHERE relname LIKE 'large_split_%'"))
        .containsExactlyInAnyOrder("large_split_n_idx", "large_split_pkey");
  }
}
