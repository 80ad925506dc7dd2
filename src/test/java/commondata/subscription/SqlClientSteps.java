package commondata.subscription;

import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** A program that speaks nothing but SQL: a reader with a connection, and what it says. */
abstract class SqlClientSteps {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  static final String READER = "fraud_service";

  String name = "";
  Connection client;

  SqlClientSteps() throws SQLException {
    client = DATABASE.login(READER).dataSource().getConnection();
  }

  @BeforeAll
  static void makeEffectTable() {
    DATABASE.superuser().sql("CREATE TABLE fraud.effect (subscription text, key text)").update();
    DATABASE.superuser().sql("GRANT ALL ON fraud.effect TO fraud_service").update();
  }

  @BeforeEach
  void subscribe() throws SQLException {
    name = "test-" + System.nanoTime();
    DATABASE.register("test.happened-" + name);
    DATABASE
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription(
                :name, 'fraud_service', ARRAY['test.happened-' || :name], max_attempts => 2)
            """)
        .param("name", name)
        .query((row, n) -> true)
        .single();
    DATABASE
        .superuser()
        .sql("UPDATE commondata.subscription SET backoff_ms = 1, backoff_max_ms = 1")
        .update();
    client.setAutoCommit(true);
  }

  @AfterEach
  void disconnect() throws SQLException {
    client.setAutoCommit(true);
    client.close();
  }

  void publish(String... keys) {
    for (String key : keys) {
      DATABASE
          .login("order_service")
          .jdbc()
          .sql("SELECT commondata.publish('test.happened-' || :name, :key, '{}')")
          .param("name", name)
          .param("key", key)
          .query()
          .singleValue();
    }
  }

  void begin() throws SQLException {
    client.setAutoCommit(true);
    execute("SELECT commondata.begin_batch('%s')".formatted(name));
    client.setAutoCommit(false);
  }

  /** As a psql script would: until there is nothing. */
  long drain() throws SQLException {
    letParkedKeysBeDue();
    long all = 0;
    long events;
    do {
      begin();
      take(10);
      work();
      events = finish();
      client.commit();
      all += events;
    } while (events > 0);
    client.setAutoCommit(true);
    return all;
  }

  void letParkedKeysBeDue() {
    DATABASE
        .superuser()
        .sql(
            """
            UPDATE commondata.parked_key
            SET next_attempt_at = clock_timestamp()
            WHERE subscription = :name
            """)
        .param("name", name)
        .update();
  }

  void configure(String settings) {
    DATABASE.superuser().sql("UPDATE commondata.subscription SET " + settings).update();
  }

  void refuseAllOneByOne(String reason) throws SQLException {
    begin();
    for (List<Long> batch = take(1); !batch.isEmpty(); batch = take(1)) {
      fail(batch.get(0), reason);
      finish();
      client.commit();
      begin();
    }
    client.commit();
    client.setAutoCommit(true);
  }

  List<String> keysOfOnePart(int count) {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT 'k-' || n
            FROM generate_series(1, 1000) AS n
            WHERE commondata.part_of('k-' || n) = 0
            LIMIT :count
            """)
        .param("count", count)
        .query(String.class)
        .list();
  }

  List<String> pauses() {
    return strings(
        """
        SELECT c.pause_reason
        FROM commondata.cursor AS c
        WHERE c.subscription = :name AND c.paused_until > clock_timestamp()
        """);
  }

  void letPausesBeOver() {
    DATABASE
        .superuser()
        .sql("UPDATE commondata.cursor SET paused_until = clock_timestamp() WHERE pause_count > 0")
        .update();
  }

  int deadLetters() {
    return strings("SELECT d.key FROM commondata.dead_letter AS d WHERE d.subscription = :name")
        .size();
  }

  void refuseTheFirst() throws SQLException {
    letParkedKeysBeDue();
    begin();
    fail(take(10).get(0), "no");
    finish();
    client.commit();
    client.setAutoCommit(true);
  }

  List<Long> take(int limit) throws SQLException {
    return longs("SELECT b.seq FROM commondata.take_batch('%s', %d) AS b".formatted(name, limit));
  }

  List<Long> seqsOf(String key) throws SQLException {
    return longs(
        "SELECT b.seq FROM commondata.open_batch('%s') AS b WHERE b.key = '%s'"
            .formatted(name, key));
  }

  void work() throws SQLException {
    execute(
        """
        INSERT INTO fraud.effect (subscription, key)
        SELECT '%1$s', b.key
        FROM commondata.open_batch('%1$s') AS b
        """
            .formatted(name));
  }

  long finish() throws SQLException {
    return longs("SELECT commondata.finish('%s')".formatted(name)).get(0);
  }

  List<Long> fail(long seq, String reason) throws SQLException {
    try (Statement statement = client.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT commondata.fail('%s', %d, '%s')".formatted(name, seq, reason))) {
      rows.next();
      Array seqs = rows.getArray(1);
      return Arrays.asList((Long[]) seqs.getArray());
    }
  }

  List<Long> longs(String sql) throws SQLException {
    try (Statement statement = client.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<Long> longs = new ArrayList<>();
      while (rows.next()) {
        longs.add(rows.getLong(1));
      }
      return longs;
    }
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = client.createStatement()) {
      statement.execute(sql);
    }
  }

  List<String> effects() {
    return strings("SELECT e.key FROM fraud.effect AS e WHERE e.subscription = :name");
  }

  long receipts() {
    return strings("SELECT r.seq::text FROM commondata.receipt AS r WHERE r.subscription = :name")
        .size();
  }

  List<String> parked() {
    return strings(
        """
        SELECT format(
            '%s: %s %s, %s waiting, %s attempts',
            k.key, k.error_class, k.error_message, count(e.seq), k.attempts)
        FROM commondata.parked_key AS k
        JOIN commondata.parked_event AS e USING (subscription, part, key)
        WHERE k.subscription = :name
        GROUP BY k.subscription, k.part, k.key
        """);
  }

  List<String> strings(String sql) {
    return DATABASE.superuser().sql(sql).param("name", name).query(String.class).list();
  }
}
