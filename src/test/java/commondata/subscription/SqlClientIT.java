package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testkit.TestDatabase;

/** A program that speaks nothing but SQL reads the log with the guarantees of the Java poller. */
class SqlClientIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String READER = "fraud_service";

  private String name = "";
  private Connection client;

  SqlClientIT() throws SQLException {
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

  @Test
  void handlesABatchOfSetsInOneTransaction() throws SQLException {
    publish("a", "b", "a", "c");

    assertThat(drain()).isEqualTo(4);

    assertThat(effects()).containsExactlyInAnyOrder("a", "a", "b", "c");
    assertThat(receipts()).isEqualTo(4);
    assertThat(drain()).isZero();
  }

  @Test
  void finishingNothingIsNoError() throws SQLException {
    begin();

    assertThat(take(10)).isEmpty();
    assertThat(finish()).isZero();

    client.commit();
  }

  @Test
  void rollingBackGivesTheSameEventsAgain() throws SQLException {
    publish("a", "a");
    begin();
    List<Long> first = take(10);
    work();
    finish();
    client.rollback();

    assertThat(take(10)).isEqualTo(first).hasSize(2);
    client.rollback();
    assertThat(effects()).isEmpty();
    assertThat(receipts()).isZero();
  }

  @Test
  void refusesACommitThatForgotToFinish() throws SQLException {
    publish("a");
    begin();
    take(10);
    work();

    assertThatThrownBy(client::commit)
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("a batch of \"" + name + "\" was taken and not finished");

    client.rollback();
    assertThat(effects()).isEmpty();
    assertThat(drain()).isEqualTo(1);
    assertThat(effects()).containsExactly("a");
  }

  /** A limit of 0 found nothing, and what finds nothing is passed. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "NULL"})
  void refusesABatchOfNoEvent(String limit) throws SQLException {
    publish("a", "b");

    for (String call : List.of("take_batch('%s', %s)", "next_batch('%s', %s)")) {
      begin();
      assertThatThrownBy(() -> execute("SELECT commondata." + call.formatted(name, limit)))
          .hasMessageContaining("a batch of " + limit + " events can't be taken");
      client.rollback();
    }

    assertThat(drain()).isEqualTo(2);
  }

  @Test
  void pausesThePartInsteadOfParkingKeysWithoutEnd() throws SQLException {
    configure("max_keys = 2, backoff_ms = 600000, backoff_max_ms = 600000");
    publish("a-1", "a-2", "a-3", "a-4", "a-5", "a-6");

    refuseAllOneByOne("no");

    assertThat(parked()).hasSize(2);
    assertThat(pauses()).isNotEmpty().allMatch(why -> why.startsWith("2 keys are parked already"));
    assertThat(deadLetters()).isZero();

    letPausesBeOver();
    configure("max_keys = 1000");
    drain();
    drain();
    assertThat(effects()).hasSize(6);
  }

  @Test
  void takesManyFailuresAtOnceForAnOutage() throws SQLException {
    configure("backoff_ms = 600000, backoff_max_ms = 600000");
    publish(keysOfOnePart(3).toArray(String[]::new));

    refuseAllOneByOne("no answer', 'Timeout', 'TRANSIENT");

    assertThat(parked()).hasSize(2).allMatch(key -> key.endsWith("0 attempts"));
    assertThat(pauses()).containsExactly("many keys fail: no answer");
  }

  @Test
  void pausesThePartOfAnEventThatCanNotBeHandledNow() throws SQLException {
    configure("backoff_ms = 600000, backoff_max_ms = 600000");
    publish("a", "a");
    begin();

    fail(take(10).get(0), "the bank is closed', 'Closed', 'UNAVAILABLE");
    finish();
    client.commit();

    assertThat(pauses()).containsExactly("not available: the bank is closed");
    assertThat(parked()).isEmpty();
    letPausesBeOver();
    assertThat(drain()).isEqualTo(2);
    assertThat(effects()).containsExactly("a", "a");
  }

  @Test
  void pausesThePartBehindWhatCouldBeHandled() throws SQLException {
    configure("backoff_ms = 600000, backoff_max_ms = 600000");
    List<String> keys = keysOfOnePart(2);
    publish(keys.get(0), keys.get(1));
    begin();

    fail(take(10).get(1), "the bank is closed', 'Closed', 'UNAVAILABLE");
    work();
    finish();
    client.commit();

    assertThat(effects()).containsExactly(keys.get(0));
    assertThat(pauses()).containsExactly("not available: the bank is closed");
    assertThat(parked())
        .containsExactly(keys.get(1) + ": Closed the bank is closed, 1 waiting, 0 attempts");
  }

  @Test
  void makesADeadLetterAtOnceOfWhatWillNeverWork() throws SQLException {
    publish("a");
    begin();

    fail(take(10).get(0), "no such order', 'Unknown', 'PERMANENT");
    finish();
    client.commit();

    assertThat(deadLetters()).isEqualTo(1);
    assertThat(parked()).isEmpty();
  }

  @Test
  void refusesACauseThatNobodyKnows() throws SQLException {
    publish("a");
    begin();
    long seq = take(10).get(0);

    assertThatThrownBy(() -> fail(seq, "no', 'No', 'SOMEHOW"))
        .hasMessageContaining("cause \"SOMEHOW\"");
    client.rollback();
  }

  @Test
  void refusesASecondBatchInOneTransaction() throws SQLException {
    publish("a");
    begin();
    take(10);

    assertThatThrownBy(() -> take(10)).hasMessageContaining("is open in this transaction");
    client.rollback();
  }

  @Test
  void parksTheKeyOfARefusedEventWithItsFollowersOnly() throws SQLException {
    DATABASE
        .superuser()
        .sql("UPDATE commondata.subscription SET backoff_ms = 60000, backoff_max_ms = 60000")
        .update();
    publish("a", "b", "a", "a", "c");
    begin();
    for (List<Long> batch = take(10); !batch.isEmpty(); batch = take(10)) {
      List<Long> ofKey = seqsOf("a");
      if (ofKey.size() == 3) {
        assertThat(fail(ofKey.get(1), "no amount")).isEqualTo(ofKey.subList(1, 3));
        assertThat(seqsOf("a")).as("what comes before it stays").isEqualTo(ofKey.subList(0, 1));
      }
      work();
      finish();
      client.commit();
      begin();
    }
    client.commit();

    assertThat(effects()).containsExactlyInAnyOrder("a", "b", "c");
    assertThat(receipts()).isEqualTo(3);
    assertThat(parked()).containsExactly("a: Refused no amount, 2 waiting, 1 attempts");
  }

  @Test
  void triesAParkedEventAgainAndThenItsFollowers() throws SQLException {
    publish("a", "a");
    refuseTheFirst();

    assertThat(drain()).isEqualTo(2);

    assertThat(effects()).containsExactly("a", "a");
    assertThat(parked()).isEmpty();
    assertThat(receipts()).isEqualTo(2);
  }

  @Test
  void makesADeadLetterOfAnEventRefusedTooOften() throws SQLException {
    publish("a", "a");
    refuseTheFirst();
    refuseTheFirst();

    assertThat(drain()).as("its follower goes on").isEqualTo(1);

    assertThat(
            DATABASE
                .superuser()
                .sql(
                    """
                    SELECT d.error_class || ': ' || d.error_message || ' after ' || d.attempts
                    FROM commondata.dead_letter AS d
                    WHERE d.subscription = :name
                    """)
                .param("name", name)
                .query(String.class)
                .list())
        .containsExactly("Refused: no after 2");
  }

  @Test
  void forgetsARefusalThatIsRolledBack() throws SQLException {
    publish("a");
    begin();
    fail(take(10).get(0), "no");
    finish();
    client.rollback();

    assertThat(parked()).isEmpty();
    assertThat(drain()).isEqualTo(1);
  }

  @Test
  void countsAnOutageAgainstNobody() throws SQLException {
    publish("a");
    begin();
    long seq = take(10).get(0);

    assertThatThrownBy(
            () ->
                execute(
                    "SELECT commondata.fail('%s', %d, 'deadlock', '40P01')".formatted(name, seq)))
        .hasMessageContaining("is an outage")
        .extracting(e -> ((SQLException) e).getSQLState())
        .isEqualTo("40P01");

    client.rollback();
    assertThat(parked()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "08006", "25006", "25P03", "25P04", "40001", "40003", "40P01", "53100", "53200", "53300",
        "53400", "55P03", "57000", "57014", "57P01", "57P02", "57P03", "57P05", "58030", "22012"
      })
  void knowsTheSameOutagesAsThePollerInJava(String state) throws SQLException {
    publish("a");
    begin();
    long seq = take(10).get(0);
    boolean isOutage = Failure.isOutage(new SQLException("so", state));

    // Caught there: the pool closes a connection that says so.
    ThrowingCallable refusal =
        () ->
            execute(
                """
                DO $$
                BEGIN
                    PERFORM commondata.fail('%s', %d, 'so', '%s');
                EXCEPTION
                    WHEN OTHERS THEN
                        RAISE EXCEPTION '%%', SQLERRM;
                END
                $$
                """
                    .formatted(name, seq, state));

    if (isOutage) {
      assertThatThrownBy(refusal).hasMessageContaining("is an outage");
    } else {
      assertThatCode(refusal).doesNotThrowAnyException();
    }
    client.rollback();
  }

  @Test
  void refusesAnEventOnlyWhileItsBatchIsOpen() throws SQLException {
    publish("a");

    assertThatThrownBy(() -> fail(1, "no"))
        .hasMessageContaining("event 1 is not in an open batch of \"" + name + "\"");
  }

  @Test
  void leavesAHeldPartToWhoHasIt() throws SQLException {
    publish("a");
    begin();
    assertThat(take(10)).hasSize(1);

    try (Connection other = DATABASE.login(READER).dataSource().getConnection();
        Statement statement = other.createStatement()) {
      statement.execute("SELECT commondata.begin_batch('%s')".formatted(name));
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT b.seq FROM commondata.take_batch('%s', 10) AS b".formatted(name))) {
        assertThat(rows.next()).isFalse();
      }
    }
    client.rollback();
  }

  @Test
  void readsNoSubscriptionOfAnotherLogin() throws SQLException {
    try (Connection other = DATABASE.login("payment_service").dataSource().getConnection();
        Statement statement = other.createStatement()) {
      for (String call :
          List.of("begin_batch('%s')", "take_batch('%s')", "open_batch('%s')", "finish('%s')")) {
        assertThatThrownBy(
                () -> statement.executeQuery("SELECT commondata." + call.formatted(name)))
            .hasMessageContaining("belongs to \"fraud_service\", not to login \"payment_service\"");
      }
    }
  }

  private void publish(String... keys) {
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

  private void begin() throws SQLException {
    client.setAutoCommit(true);
    execute("SELECT commondata.begin_batch('%s')".formatted(name));
    client.setAutoCommit(false);
  }

  /** As a psql script would: until there is nothing. */
  private long drain() throws SQLException {
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

  private void letParkedKeysBeDue() {
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

  private void configure(String settings) {
    DATABASE.superuser().sql("UPDATE commondata.subscription SET " + settings).update();
  }

  private void refuseAllOneByOne(String reason) throws SQLException {
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

  private List<String> keysOfOnePart(int count) {
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

  private List<String> pauses() {
    return strings(
        """
        SELECT c.pause_reason
        FROM commondata.cursor AS c
        WHERE c.subscription = :name AND c.paused_until > clock_timestamp()
        """);
  }

  private void letPausesBeOver() {
    DATABASE
        .superuser()
        .sql("UPDATE commondata.cursor SET paused_until = clock_timestamp() WHERE pause_count > 0")
        .update();
  }

  private int deadLetters() {
    return strings("SELECT d.key FROM commondata.dead_letter AS d WHERE d.subscription = :name")
        .size();
  }

  private void refuseTheFirst() throws SQLException {
    letParkedKeysBeDue();
    begin();
    fail(take(10).get(0), "no");
    finish();
    client.commit();
    client.setAutoCommit(true);
  }

  private List<Long> take(int limit) throws SQLException {
    return longs("SELECT b.seq FROM commondata.take_batch('%s', %d) AS b".formatted(name, limit));
  }

  private List<Long> seqsOf(String key) throws SQLException {
    return longs(
        "SELECT b.seq FROM commondata.open_batch('%s') AS b WHERE b.key = '%s'"
            .formatted(name, key));
  }

  private void work() throws SQLException {
    execute(
        """
        INSERT INTO fraud.effect (subscription, key)
        SELECT '%1$s', b.key
        FROM commondata.open_batch('%1$s') AS b
        """
            .formatted(name));
  }

  private long finish() throws SQLException {
    return longs("SELECT commondata.finish('%s')".formatted(name)).get(0);
  }

  private List<Long> fail(long seq, String reason) throws SQLException {
    try (Statement statement = client.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT commondata.fail('%s', %d, '%s')".formatted(name, seq, reason))) {
      rows.next();
      Array seqs = rows.getArray(1);
      return Arrays.asList((Long[]) seqs.getArray());
    }
  }

  private List<Long> longs(String sql) throws SQLException {
    try (Statement statement = client.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<Long> longs = new ArrayList<>();
      while (rows.next()) {
        longs.add(rows.getLong(1));
      }
      return longs;
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = client.createStatement()) {
      statement.execute(sql);
    }
  }

  private List<String> effects() {
    return strings("SELECT e.key FROM fraud.effect AS e WHERE e.subscription = :name");
  }

  private long receipts() {
    return strings("SELECT r.seq::text FROM commondata.receipt AS r WHERE r.subscription = :name")
        .size();
  }

  private List<String> parked() {
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

  private List<String> strings(String sql) {
    return DATABASE.superuser().sql(sql).param("name", name).query(String.class).list();
  }
}
