package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import commondata.database.Login;
import commondata.fault.DeliveryCheck;
import commondata.fault.DeliveryCheck.Numbered;
import commondata.subscription.NaiveCursor.IdCursor;
import commondata.subscription.NaiveCursor.XidCursor;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.SliceLength;
import testkit.TestDatabase;

/**
 * Promise 1 of the log under random producers: nothing lost, nothing doubled, keys in order, no
 * stall. The same check must catch the two cursors that look right and are not. And again where
 * rounds are cut into slices of a few events.
 */
final class LogIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();
  @RegisterExtension static final TestDatabase IN_SLICES = TestDatabase.fresh();
  @RegisterExtension static final TestDatabase OTHER = TestDatabase.empty();

  private static final long SEED = 20261121;
  private static final int TRANSACTIONS = 60;
  private static final String LATE = "late";
  private static final String SLOW = "slow";

  @Test
  void losesDoublesInvertsAndStallsNothingWhereNaiveCursorsDo() throws Exception {
    LogExperiment log = LogExperiment.on(DATABASE);
    Producers.addKey(DATABASE, LATE);
    IdCursor idCursor = new IdCursor();
    XidCursor xidCursor = new XidCursor();
    ExecutorService readers = Executors.newFixedThreadPool(5);
    AtomicBoolean stop = new AtomicBoolean();

    try (Connection late = open(DATABASE.url());
        Connection elsewhere = open(OTHER.url());
        Producers producers = startProducers(late, elsewhere)) {
      for (int i = 0; i < 3; i++) {
        String node = "node-" + i;
        int batchSizeMax = 1 + 20 * i;
        readers.execute(() -> log.readUntil(stop, node, batchSizeMax, 1));
      }
      readers.execute(() -> readUntil(stop, idCursor));
      readers.execute(() -> readUntil(stop, xidCursor));
      producers.await();

      // Both long writers are still open: everything else must arrive.
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> assertThat(log.received()).hasSameSizeAs(Producers.published(DATABASE)));
      assertThat(xidCursor.delivered())
          .as("control: the xid cursor stands still behind an open writer")
          .isEmpty();
      late.commit();
      elsewhere.commit();
    } finally {
      awaitReaders(log, xidCursor);
      stop.set(true);
      readers.shutdown();
    }

    List<Numbered> published = Producers.published(DATABASE);
    assertThat(published).as("the experiment itself").hasSizeGreaterThan(300);
    assertThat(DeliveryCheck.complaints(published, log.received())).isEmpty();
    assertThat(DeliveryCheck.complaints(published, idCursor.delivered()))
        .as("control: the id cursor loses what commits late")
        .contains("lost: " + new Numbered(LATE, 1));
    assertThat(DeliveryCheck.complaints(published, xidCursor.delivered()))
        .as("control: the xid cursor inverts a key")
        .contains("out of order: " + new Numbered(SLOW, 1) + " after 2");
    assertThat(Gaps.in(DATABASE)).as("parts with a gap or a double").isZero();
    assertThat(log.unstamped()).as("events without a position").isZero();
  }

  @Test
  void losesDoublesAndInvertsNothingInSlices() throws Exception {
    LogExperiment log = LogExperiment.on(IN_SLICES);
    SliceLength.set(IN_SLICES, 1);
    SliceLength.watch(IN_SLICES);
    publishOlderSecond(IN_SLICES);
    ExecutorService readers = Executors.newFixedThreadPool(3);
    AtomicBoolean stop = new AtomicBoolean();

    try (Producers producers = Producers.start(IN_SLICES, SEED, TRANSACTIONS)) {
      for (int i = 0; i < 3; i++) {
        String node = "node-" + i;
        // Slow enough for a round to become large, and for others to commit between its slices.
        readers.execute(() -> log.readUntil(stop, node, 20, 20));
      }
      producers.await();
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> assertThat(log.received()).hasSameSizeAs(Producers.published(IN_SLICES)));
    } finally {
      stop.set(true);
      readers.shutdown();
    }

    List<Numbered> published = Producers.published(IN_SLICES);
    assertThat(published).as("the experiment itself").hasSizeGreaterThan(300);
    assertThat(SliceLength.slices(IN_SLICES)).as("slices, but the last").isGreaterThan(20);
    assertThat(DeliveryCheck.complaints(published, log.received())).isEmpty();
    assertThat(Gaps.in(IN_SLICES)).as("parts with a gap or a double").isZero();
    assertThat(log.unstamped()).as("events without a position").isZero();
  }

  private static Producers startProducers(Connection late, Connection elsewhere)
      throws SQLException {
    // Takes its id first and commits last.
    publishIn(late, LATE);
    execute(elsewhere, "SELECT pg_current_xact_id()");
    publishOlderSecond(DATABASE);
    return Producers.start(DATABASE, SEED, TRANSACTIONS);
  }

  /** The older transaction is second at the key. */
  private static void publishOlderSecond(TestDatabase database) throws SQLException {
    Producers.addKey(database, SLOW);
    try (Connection older = open(database.url())) {
      execute(older, "SELECT pg_current_xact_id()");
      Login login = database.login("order_service");
      login.inTransactionDo(() -> Producers.publish(login, SLOW));
      publishIn(older, SLOW);
      older.commit();
    }
  }

  private static void readUntil(AtomicBoolean stop, NaiveCursor cursor) {
    while (!stop.get()) {
      cursor.readOnce(DATABASE.superuser());
    }
  }

  private static void awaitReaders(LogExperiment log, NaiveCursor slowest) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              int all = Producers.published(DATABASE).size();
              assertThat(log.received()).hasSize(all);
              assertThat(slowest.delivered()).hasSize(all);
            });
  }

  private static Connection open(String url) throws SQLException {
    Connection connection =
        url.equals(OTHER.url())
            ? DriverManager.getConnection(url, OTHER.owner(), OTHER.password())
            : DriverManager.getConnection(url, "order_service", DATABASE.password());
    connection.setAutoCommit(false);
    return connection;
  }

  private static void publishIn(Connection connection, String key) throws SQLException {
    execute(connection, "UPDATE experiment.aggregate SET n = n + 1 WHERE key = '" + key + "'");
    execute(
        connection,
        "INSERT INTO experiment.published SELECT key, n FROM experiment.aggregate WHERE key = '"
            + key
            + "'");
    execute(
        connection,
        "SELECT commondata.publish('log.tested', key, jsonb_build_object('n', n))"
            + " FROM experiment.aggregate WHERE key = '"
            + key
            + "'");
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
