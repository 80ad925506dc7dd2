package commondata.subscription;

import commondata.database.Login;
import commondata.fault.DeliveryCheck.Numbered;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.springframework.jdbc.core.simple.JdbcClient;
import testkit.TestDatabase;

/**
 * Threads that publish at random: short and long transactions that overlap, take their transaction
 * id early or late, touch one key or several, commit or roll back. Each event's number is taken
 * under its key's row lock, as a producer that respects its aggregate does.
 */
final class Producers implements AutoCloseable {

  static final String TYPE = TestDatabase.TYPE;

  private static final int THREADS = 8;
  private static final int KEYS = 12;

  private final Login login;
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private final List<Future<?>> running = new ArrayList<>();

  private Producers(Login login) {
    this.login = login;
  }

  /** Makes the tables of the experiment: a counter a key, and what really was committed. */
  static void prepare(TestDatabase database) {
    JdbcClient superuser = database.superuser();
    for (String sql :
        List.of(
            "CREATE SCHEMA experiment",
            "CREATE TABLE experiment.aggregate (key text PRIMARY KEY, n bigint NOT NULL)",
            "CREATE TABLE experiment.published (key text, n bigint, PRIMARY KEY (key, n))",
            """
            CREATE TABLE experiment.received (
                position bigint GENERATED ALWAYS AS IDENTITY,
                key text,
                n bigint
            )
            """,
            "GRANT ALL ON SCHEMA experiment TO order_service",
            "GRANT ALL ON ALL TABLES IN SCHEMA experiment TO order_service")) {
      superuser.sql(sql).update();
    }
    for (int key = 0; key < KEYS; key++) {
      addKey(database, "k" + key);
    }
  }

  static void addKey(TestDatabase database, String key) {
    database
        .superuser()
        .sql("INSERT INTO experiment.aggregate (key, n) VALUES (:key, 0)")
        .param("key", key)
        .update();
  }

  /** Starts them; each runs so many transactions. */
  static Producers start(TestDatabase database, long seed, int transactions) {
    Producers producers = new Producers(database.login("order_service"));
    for (int thread = 0; thread < THREADS; thread++) {
      Random random = new Random(seed + thread);
      producers.running.add(
          producers.threads.submit(() -> producers.produce(random, transactions)));
    }
    return producers;
  }

  private void produce(Random random, int transactions) {
    for (int i = 0; i < transactions; i++) {
      try {
        login.inTransactionDo(() -> transact(random));
      } catch (ChangedItsMind e) {
        // Rolled back, as intended.
      }
    }
  }

  private void transact(Random random) {
    if (random.nextInt(4) == 0) {
      login.jdbc().sql("SELECT pg_current_xact_id()::text").query().singleValue();
      pause(random);
    }
    // Two keys in ascending order: overlapping, but no deadlock.
    int first = random.nextInt(KEYS);
    publish(login, "k" + first);
    pause(random);
    if (random.nextInt(3) == 0 && first + 1 < KEYS) {
      publish(login, "k" + (first + 1 + random.nextInt(KEYS - first - 1)));
      pause(random);
    }
    if (random.nextInt(5) == 0) {
      throw new ChangedItsMind();
    }
  }

  private static final class ChangedItsMind extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private void pause(Random random) {
    login
        .jdbc()
        .sql("SELECT 1 FROM pg_sleep(:seconds)")
        .param("seconds", random.nextInt(10) == 0 ? 0.03 : random.nextDouble() / 300)
        .query()
        .singleValue();
  }

  /** Publishes the next event of a key in the open transaction. */
  static void publish(Login login, String key) {
    login
        .jdbc()
        .sql(
            """
            WITH next AS (
                UPDATE experiment.aggregate
                SET n = n + 1
                WHERE key = :key
                RETURNING key, n
            ),
            noted AS (
                INSERT INTO experiment.published (key, n)
                SELECT key, n
                FROM next
            )
            SELECT commondata.publish('log.tested', key, jsonb_build_object('n', n))
            FROM next
            """)
        .param("key", key)
        .query()
        .singleValue();
  }

  /** Waits until all are done. */
  void await() throws Exception {
    for (Future<?> producer : running) {
      producer.get(60, TimeUnit.SECONDS);
    }
  }

  /** What was committed, whoever reads it. */
  static List<Numbered> published(TestDatabase database) {
    return database
        .superuser()
        .sql("SELECT key, n FROM experiment.published")
        .query((row, i) -> new Numbered(row.getString(1), row.getLong(2)))
        .list();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
