package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** What must not hold up, burden or confuse the sequencer. */
final class SequencerStallIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();
  @RegisterExtension static final TestDatabase OTHER = TestDatabase.empty();

  @BeforeEach
  void stampWhatIsThere() {
    stamp();
  }

  @Test
  void aPreparedTransactionStallsNobodyAndIsNumberedOnceItCommits() throws SQLException {
    assumeThat(number("SELECT current_setting('max_prepared_transactions')::bigint"))
        .as("transactions that this server lets be prepared")
        .isPositive();
    String name = "prepared-" + System.nanoTime();
    try (Connection prepared = session(DATABASE)) {
      publish(prepared, "prepared");
      execute(prepared, "PREPARE TRANSACTION '" + name + "'");
    }
    publishAlone("quick");

    assertThat(stamp()).isEqualTo(1);
    assertThat(lastKey()).isEqualTo("quick");

    try (Connection any = session(DATABASE)) {
      any.setAutoCommit(true);
      execute(any, "COMMIT PREPARED '" + name + "'");
    }
    assertThat(stamp()).isEqualTo(1);
    assertThat(lastKey()).isEqualTo("prepared");
    assertDense();
  }

  @Test
  void transactionsThatStayOpenStallNobodyOverManyRounds() throws SQLException {
    try (Connection here = session(DATABASE);
        Connection elsewhere = elsewhere()) {
      publish(here, "open");
      execute(elsewhere, "CREATE TABLE IF NOT EXISTS public.written (round integer)");
      for (int round = 0; round < 20; round++) {
        publishAlone("quick-" + round);
        execute(elsewhere, "INSERT INTO public.written VALUES (" + round + ")");
        assertThat(stamp()).as("round " + round).isEqualTo(1);
      }
      here.commit();
      elsewhere.rollback();
    }
    assertThat(stamp()).isEqualTo(1);
    assertThat(lastKey()).isEqualTo("open");
    assertDense();
  }

  @Test
  void whoStampsAndKeepsItsTransactionOpenIsNamedByAnAlarm() throws SQLException {
    publishAlone("first");
    try (Connection holder = session(DATABASE)) {
      execute(holder, "SELECT commondata.stamp()");
      publishAlone("waiting");
      publishAlone("waiting");
      assertThat(stamp()).as("beside it").isEqualTo(-1);

      assertThat(unstamped())
          .singleElement()
          .asString()
          .startsWith("3 committed events have no position, the oldest since ")
          .contains("Process " + pid(holder) + " of login \"order_service\" holds the sequencer");
      holder.rollback();
    }
    assertThat(unstamped()).singleElement().asString().endsWith("No session stamps: start a node");
    stamp();
    assertThat(unstamped()).isEmpty();
  }

  @Test
  void whoStampsAndKeepsItsTransactionOpenIsCutOff() throws SQLException {
    assumeThat(number("SELECT current_setting('server_version_num')::bigint"))
        .as("a server that limits transactions")
        .isGreaterThanOrEqualTo(170_000);
    publishAlone("first");
    try (Connection holder = session(DATABASE)) {
      execute(holder, "SELECT commondata.stamp()");
      assertThat(text(holder, "SHOW transaction_timeout")).isEqualTo("10s");
      holder.commit();
      assertThat(text(holder, "SHOW transaction_timeout")).as("its next one").isEqualTo("0");
    }
  }

  private static List<String> unstamped() {
    return DATABASE
        .login("commondata_console")
        .jdbc()
        .sql(
            """
            SELECT a.detail
            FROM commondata.alarms(p_stamp => '0 seconds') AS a
            WHERE a.alarm = 'log-unstamped'
            """)
        .query(String.class)
        .list();
  }

  private static String pid(Connection session) throws SQLException {
    return text(session, "SELECT pg_backend_pid()");
  }

  private static String text(Connection session, String sql) throws SQLException {
    try (Statement statement = session.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  @Test
  void rollbacksStallNobodyAndLeaveNoGap() throws SQLException {
    try (Connection a = session(DATABASE)) {
      for (int i = 0; i < 100; i++) {
        publish(a, "regretted-" + i);
        a.rollback();
      }
    }
    assertThat(stamp()).isZero();

    publishAlone("kept");

    assertThat(stamp()).isEqualTo(1);
    assertDense();
  }

  @Test
  void whatAnOpenTransactionHasPublishedIsNotEvenRead() throws SQLException {
    publishAlone("warm-up");
    stamp();
    try (Connection here = session(DATABASE)) {
      publishMany(here, 1);
      // One that begins later and ends: else the snapshot ends before the open one.
      number("SELECT pg_current_xact_id()::text::bigint");
      long blocksBefore = blocksOfALook();

      publishMany(here, 5_000);

      assertThat(blocksOfALook())
          .as("blocks that a look reads, with 5,000 invisible events more")
          .isLessThan(blocksBefore + 20);
      publishAlone("quick");
      assertThat(stamp()).isEqualTo(1);
      here.commit();
    }
    assertThat(stamp()).isEqualTo(5_001);
    assertDense();
  }

  /** A round that stopped halfway through a snapshot would number a later id before an earlier. */
  @Test
  void aRoundTakesAllThatBecameVisible() throws SQLException {
    try (Connection first = session(DATABASE);
        Connection second = session(DATABASE)) {
      publishMany(first, 3_000);
      publishMany(second, 3_000);
      second.commit();
      first.commit();
    }

    assertThat(stamp()).isEqualTo(6_000);
    assertThat(
            number(
                """
                SELECT count(*)
                FROM (
                    SELECT q.id < lag(q.id) OVER (PARTITION BY q.part ORDER BY q.seq) AS inverted
                    FROM commondata.log_position AS q
                    WHERE q.stamped_at = (SELECT stamped_at FROM commondata.sequencer)
                ) AS o
                WHERE o.inverted
                """))
        .as("ids that fall within a round")
        .isZero();
    assertDense();
  }

  @Test
  void sequencersAtOnceNumberEachEventOnce() throws Exception {
    AtomicInteger publishing = new AtomicInteger(4);
    List<Callable<Void>> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          () -> {
            for (int n = 0; n < 50; n++) {
              publishAlone("key-" + n);
            }
            publishing.decrementAndGet();
            return null;
          });
      threads.add(
          () -> {
            while (publishing.get() > 0) {
              stamp();
            }
            return null;
          });
    }
    long before = positions();
    ExecutorService executor = Executors.newFixedThreadPool(threads.size());
    try {
      for (Future<Void> thread : executor.invokeAll(threads)) {
        thread.get();
      }
    } finally {
      executor.shutdown();
    }
    stamp();

    assertThat(positions() - before).isEqualTo(200);
    assertDense();
  }

  private static void publishAlone(String key) throws SQLException {
    try (Connection session = session(DATABASE)) {
      publish(session, key);
      session.commit();
    }
  }

  private static void publish(Connection session, String key) throws SQLException {
    execute(session, "SELECT commondata.publish('log.tested', '" + key + "', '{}')");
  }

  private static void publishMany(Connection session, int count) throws SQLException {
    execute(
        session,
        "SELECT count(commondata.publish('log.tested', 'key-' || n, '{}'))"
            + " FROM generate_series(1, "
            + count
            + ") AS n");
  }

  /** Blocks that the search for fresh events touches. */
  private static long blocksOfALook() {
    List<String> plan =
        DATABASE
            .superuser()
            .sql(
                """
                EXPLAIN (ANALYZE, BUFFERS, TIMING off, COSTS off, SUMMARY off)
                SELECT f.id
                FROM commondata.sequencer AS s
                CROSS JOIN LATERAL commondata.fresh(s.snapshot, pg_current_snapshot()) AS f
                """)
            .query(String.class)
            .list();
    return plan.stream()
        .filter(line -> line.contains("Buffers: shared hit="))
        .findFirst()
        .map(line -> Long.parseLong(line.replaceAll(".*hit=(\\d+).*", "$1")))
        .orElseThrow(() -> new AssertionError(String.join("\n", plan)));
  }

  private static void assertDense() {
    assertThat(
            number(
                """
                SELECT count(*)
                FROM (
                    SELECT q.part
                    FROM commondata.log_position AS q
                    JOIN commondata.part_head AS h ON h.part = q.part
                    GROUP BY q.part, h.head
                    HAVING count(*) <> h.head OR count(DISTINCT q.seq) <> h.head
                ) AS broken
                """))
        .as("parts with a gap or a double")
        .isZero();
  }

  private static long positions() {
    return number("SELECT count(*) FROM commondata.log_position");
  }

  private static String lastKey() {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT o.key
            FROM commondata.log_position AS q
            JOIN commondata.outbox AS o USING (tx, id, occurred_at)
            ORDER BY q.stamped_at DESC, q.seq DESC
            LIMIT 1
            """)
        .query(String.class)
        .single();
  }

  private static long stamp() {
    return DATABASE
        .login("order_service")
        .jdbc()
        .sql("SELECT commondata.stamp()")
        .query(Long.class)
        .single();
  }

  private static long number(String sql) {
    return DATABASE.superuser().sql(sql).query(Long.class).single();
  }

  private static Connection session(TestDatabase database) throws SQLException {
    Connection connection =
        DriverManager.getConnection(database.url(), "order_service", database.password());
    connection.setAutoCommit(false);
    return connection;
  }

  private static Connection elsewhere() throws SQLException {
    Connection connection =
        DriverManager.getConnection(OTHER.url(), OTHER.owner(), OTHER.password());
    connection.setAutoCommit(false);
    return connection;
  }

  private static void execute(Connection session, String sql) throws SQLException {
    try (Statement statement = session.createStatement()) {
      statement.execute(sql);
    }
  }
}
