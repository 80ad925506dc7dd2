package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/**
 * Promise 1 of the log under random producers: nothing lost, nothing doubled, keys in order, no
 * stall. The same check must catch the two cursors that look right and are not.
 */
final class LogIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();
  @RegisterExtension static final TestDatabase OTHER = TestDatabase.empty();

  private static final long SEED = 20261121;
  private static final int TRANSACTIONS = 60;
  private static final String LATE = "late";
  private static final String SLOW = "slow";

  @BeforeAll
  static void prepare() {
    Producers.prepare(DATABASE);
    Producers.addKey(DATABASE, LATE);
    Producers.addKey(DATABASE, SLOW);
    DATABASE
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription('log-test', 'order_service', ARRAY['log.tested'])
            """)
        .query()
        .listOfRows();
  }

  @Test
  void losesDoublesInvertsAndStallsNothingWhereNaiveCursorsDo() throws Exception {
    IdCursor idCursor = new IdCursor();
    XidCursor xidCursor = new XidCursor();
    ExecutorService readers = Executors.newFixedThreadPool(5);
    AtomicBoolean stop = new AtomicBoolean();

    try (Connection late = open(DATABASE.url());
        Connection elsewhere = open(OTHER.url());
        Producers producers = startProducers(late, elsewhere)) {
      for (int i = 0; i < 3; i++) {
        Poller poller = poller("node-" + i, 1 + 20 * i);
        readers.execute(() -> pollUntil(stop, poller));
      }
      readers.execute(() -> readUntil(stop, idCursor));
      readers.execute(() -> readUntil(stop, xidCursor));
      producers.await();

      // Both long writers are still open: everything else must arrive.
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(received()).hasSameSizeAs(Producers.published(DATABASE)));
      assertThat(xidCursor.delivered())
          .as("control: the xid cursor stands still behind an open writer")
          .isEmpty();
      late.commit();
      elsewhere.commit();
    } finally {
      awaitReaders(xidCursor);
      stop.set(true);
      readers.shutdown();
    }

    List<Numbered> published = Producers.published(DATABASE);
    assertThat(published).as("the experiment itself").hasSizeGreaterThan(300);
    assertThat(DeliveryCheck.complaints(published, received())).isEmpty();
    assertThat(DeliveryCheck.complaints(published, idCursor.delivered()))
        .as("control: the id cursor loses what commits late")
        .contains("lost: " + new Numbered(LATE, 1));
    assertThat(DeliveryCheck.complaints(published, xidCursor.delivered()))
        .as("control: the xid cursor inverts a key")
        .contains("out of order: " + new Numbered(SLOW, 1) + " after 2");
    assertThat(brokenParts()).as("parts with a gap or a double").isZero();
    assertThat(unstamped()).as("events without a position").isZero();
  }

  private static Producers startProducers(Connection late, Connection elsewhere)
      throws SQLException {
    // Takes its id first and commits last.
    publishIn(late, LATE);
    execute(elsewhere, "SELECT pg_current_xact_id()");
    // The older transaction is second at the key.
    try (Connection older = open(DATABASE.url())) {
      execute(older, "SELECT pg_current_xact_id()");
      Login login = DATABASE.login("order_service");
      login.inTransactionDo(() -> Producers.publish(login, SLOW));
      publishIn(older, SLOW);
      older.commit();
    }
    return Producers.start(DATABASE, SEED, TRANSACTIONS);
  }

  private static Poller poller(String node, int batchSizeMax) {
    Login login = DATABASE.login("order_service");
    Subscription subscription =
        Subscription.named("log-test")
            .login("order_service")
            .onBatch(
                events -> {
                  for (Event event : events) {
                    receive(login, event);
                  }
                })
            .build();
    return new Poller(
        subscription, login, new EventCodec(), node, batchSizeMax, new Sequencer(login, 1));
  }

  private static void receive(Login login, Event event) {
    login
        .jdbc()
        .sql(
            """
            INSERT INTO experiment.received (key, n)
            VALUES (:key, CAST(CAST(:payload AS jsonb) ->> 'n' AS bigint))
            """)
        .param("key", event.key())
        .param("payload", event.payload())
        .update();
  }

  private static void pollUntil(AtomicBoolean stop, Poller poller) {
    while (!stop.get()) {
      if (!poller.pollOnce().worked()) {
        Thread.onSpinWait();
      }
    }
  }

  private static void readUntil(AtomicBoolean stop, NaiveCursor cursor) {
    while (!stop.get()) {
      cursor.readOnce(DATABASE.superuser());
    }
  }

  private static void awaitReaders(NaiveCursor slowest) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              int all = Producers.published(DATABASE).size();
              assertThat(received()).hasSize(all);
              assertThat(slowest.delivered()).hasSize(all);
            });
  }

  private static List<Numbered> received() {
    return DATABASE
        .superuser()
        .sql("SELECT key, n FROM experiment.received ORDER BY position")
        .query((row, i) -> new Numbered(row.getString(1), row.getLong(2)))
        .list();
  }

  private static long brokenParts() {
    return count(
        """
        SELECT count(*)
        FROM (
            SELECT part
            FROM commondata.log_position
            GROUP BY part
            HAVING count(*) <> max(seq) OR count(DISTINCT seq) <> count(*)
        ) AS broken
        """);
  }

  private static long unstamped() {
    return count(
        """
        SELECT count(*)
        FROM commondata.outbox AS o
        WHERE NOT EXISTS (
            SELECT
            FROM commondata.log_position AS q
            WHERE (q.tx, q.id) = (o.tx, o.id)
        )
        """);
  }

  private static long count(String sql) {
    return DATABASE.superuser().sql(sql).query(Long.class).single();
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
