package commondata.subscription;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.event.Kind;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import testkit.TestDatabase;

/**
 * A subscription of its own, whose handler writes a row for each event and then does what the test
 * says. All its keys, {@code a} to {@code z}, lie in one part.
 */
final class TestReader {

  static final String LOGIN = "fraud_service";
  private static final String WRITER = "order_service";
  private static final int BATCH_SIZE = 10;
  private static final AtomicInteger COUNT = new AtomicInteger();

  /** What an event does besides its row. */
  @FunctionalInterface
  interface Deed {
    void happen(String what) throws Exception;
  }

  private final TestDatabase database;
  private final EventCodec codec = new EventCodec();
  private final String name = "reader-" + COUNT.incrementAndGet();
  private Deed deed = what -> {};
  private UnaryOperator<Subscription.Builder> more = builder -> builder;

  TestReader(TestDatabase database) {
    this.database = database;
    database
        .superuser()
        .sql(
            """
            CREATE TABLE IF NOT EXISTS fraud.effect (
                n            bigint GENERATED ALWAYS AS IDENTITY,
                subscription text,
                what         text
            )
            """)
        .update();
    database.superuser().sql("GRANT ALL ON fraud.effect TO fraud_service").update();
    database
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription(
                :name, 'fraud_service', ARRAY['test.happened-' || :name], max_attempts => 3)
            """)
        .param("name", name)
        .query()
        .singleRow();
    set("backoff_ms = 1, backoff_max_ms = 1");
    database.register("test.happened-" + name);
  }

  String name() {
    return name;
  }

  TestReader when(Deed next) {
    deed = next;
    return this;
  }

  TestReader with(UnaryOperator<Subscription.Builder> settings) {
    more = settings;
    return this;
  }

  /** Changes columns of its row. */
  TestReader set(String assignments) {
    sql("UPDATE commondata.subscription SET " + assignments + " WHERE name = :name");
    return this;
  }

  /** Publishes events such as {@code a1}: of key a, number 1. */
  TestReader publish(String... events) {
    Outbox outbox = new Outbox(database.login(WRITER), codec);
    for (String event : events) {
      outbox.publish(
          NewEvent.of("test.happened-" + name, key(event.substring(0, 1)), "\"" + event + "\""));
    }
    return this;
  }

  /** Publishes two events, the second one in the transaction that has the lower id. */
  TestReader publishAgainstTheirTransactions(String first, String second) {
    Login writer = database.login(WRITER);
    writer.inTransactionDo(
        () -> {
          writer.jdbc().sql("SELECT pg_current_xact_id()").query().singleValue();
          CompletableFuture.runAsync(() -> publish(first)).join();
          publish(second);
        });
    return this;
  }

  /** Publishes an event whose key lies in another part than all others. */
  TestReader publishElsewhere(String event) {
    new Outbox(database.login(WRITER), codec)
        .publish(
            NewEvent.of(
                "test.happened-" + name, key(event.substring(0, 1), 4), "\"" + event + "\""));
    return this;
  }

  /** Publishes an event that is not to be handled before so many milliseconds from now. */
  TestReader publishLater(String event, long ms) {
    new Outbox(database.login(WRITER), codec)
        .publish(
            new NewEvent(
                "test.happened-" + name,
                1,
                key(event.substring(0, 1)),
                "\"" + event + "\"",
                Kind.EVENT,
                null,
                null,
                null,
                now().plusMillis(ms)));
    return this;
  }

  /** The server's time. */
  Instant now() {
    return database
        .superuser()
        .sql("SELECT clock_timestamp()")
        .query((row, n) -> row.getObject(1, OffsetDateTime.class).toInstant())
        .single();
  }

  /** As if the time of a delayed event had come; its payload is a JSON string. */
  TestReader comes(String event) {
    sql(
        """
        UPDATE commondata.delay AS d
        SET available_at = clock_timestamp()
        FROM commondata.outbox AS o
        WHERE o.id = d.id
          AND o.type = 'test.happened-' || :name
          AND o.payload = to_jsonb('%s'::text)
        """
            .formatted(event));
    sql(
        """
        UPDATE commondata.parked_key
        SET next_attempt_at = clock_timestamp()
        WHERE subscription = :name AND left(key, 1) = left('%s', 1)
        """
            .formatted(event));
    return this;
  }

  /** The real key of a letter: all letters lie in one part. */
  String key(String letter) {
    return key(letter, 3);
  }

  private String key(String letter, int part) {
    return database
        .superuser()
        .sql(
            """
            SELECT :letter || '-' || n
            FROM generate_series(1, 1000) AS n
            WHERE commondata.part_of(:letter || '-' || n) = :part
            LIMIT 1
            """)
        .param("letter", letter)
        .param("part", part)
        .query(String.class)
        .single();
  }

  Poller poller() {
    return poller(BATCH_SIZE);
  }

  Poller poller(int batchSizeMax) {
    Login login = database.login(LOGIN);
    return new Poller(
        more.apply(Subscription.named(name).login(LOGIN).onBatch(this::handle)).build(),
        login,
        codec,
        "test",
        batchSizeMax,
        new Sequencer(login, 0));
  }

  private void handle(List<Event> events) throws Exception {
    for (Event event : events) {
      String what = event.payload().replace("\"", "");
      database
          .login(LOGIN)
          .jdbc()
          .sql("INSERT INTO fraud.effect (subscription, what) VALUES (:name, :what)")
          .param("name", name)
          .param("what", what)
          .update();
      deed.happen(what);
    }
  }

  /** Polls until nothing moves and nothing is due; a fresh poller looks at parked keys at once. */
  TestReader untilQuiet() {
    int idle = 0;
    while (idle < 3) {
      idle = poller().pollOnce().worked() ? 0 : idle + 1;
    }
    return this;
  }

  /**
   * As if so much time had gone by that nobody's mark can be a fresh one and every wait is over.
   */
  TestReader later() {
    sql(
        """
        UPDATE commondata.work_mark
        SET marked_at = marked_at - interval '1 minute'
        WHERE subscription = :name
        """);
    sql(
        """
        UPDATE commondata.client_part
        SET begun_at = begun_at - interval '1 minute'
        WHERE subscription = :name
        """);
    sql(
        """
        UPDATE commondata.parked_key
        SET
            next_attempt_at = clock_timestamp(),
            tried_at = tried_at - interval '1 minute',
            doubted_at = tried_at - interval '1 minute'
        WHERE subscription = :name
        """);
    sql(
        """
        UPDATE commondata.cursor
        SET paused_until = clock_timestamp()
        WHERE subscription = :name AND paused_until IS NOT NULL
        """);
    return this;
  }

  List<String> effects() {
    return strings("SELECT what FROM fraud.effect WHERE subscription = :name ORDER BY n");
  }

  /** Such as {@code a1 3 IllegalArgumentException}. */
  List<String> deadLetters() {
    return strings(
        """
        SELECT (payload #>> '{}') || ' ' || attempts || ' ' || error_class
        FROM commondata.dead_letter
        WHERE subscription = :name
        ORDER BY id
        """);
  }

  /** Such as {@code a 1 FAILED}. */
  List<String> parkedKeys() {
    return strings(
        """
        SELECT left(key, 1) || ' ' || attempts || ' ' || cause
        FROM commondata.parked_key
        WHERE subscription = :name
        ORDER BY key
        """);
  }

  /** How far the part of all its keys is read. */
  long pos() {
    return number("SELECT pos FROM commondata.cursor WHERE subscription = :name AND part = 3");
  }

  boolean isPaused() {
    return number(
            """
            SELECT count(*)
            FROM commondata.cursor
            WHERE subscription = :name AND paused_until IS NOT NULL
            """)
        > 0;
  }

  long number(String sql) {
    return database.superuser().sql(sql).param("name", name).query(Long.class).single();
  }

  void sql(String sql) {
    database.superuser().sql(sql).param("name", name).update();
  }

  List<String> strings(String sql) {
    return database.superuser().sql(sql).param("name", name).query(String.class).list();
  }

  /** What every invariant of the log says of it. */
  List<String> violations() {
    return database
        .superuser()
        .sql("SELECT c.name FROM invariant.check(5) AS c WHERE c.violations > 0")
        .query(String.class)
        .list();
  }
}
