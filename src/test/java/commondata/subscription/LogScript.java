package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static testkit.Interleaving.step;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.EventCodec;
import java.sql.SQLException;
import java.util.List;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import testkit.Interleaving;
import testkit.LogInvariants;
import testkit.ScriptedSession;
import testkit.TestDatabase;

/**
 * Steps on the log, in SQL, for interleavings: one subscription, and two fresh keys of one part for
 * each order. A handled event leaves a row in {@code spec.effect}, in the reader's transaction.
 */
final class LogScript implements AutoCloseable {

  static final String LOGIN = "order_service";
  static final String OPERATOR = "commondata_operator";

  private static final String SUBSCRIPTION = "spec";
  private static final int ROUNDS_MAX = 50;

  private final TestDatabase database;
  private final SingleConnectionDataSource connection;
  private final JdbcClient superuser;
  private final LogInvariants invariants;
  private int candidate;
  private final int drainsACheck;
  private int drains;
  private String key = "";
  private String otherKey = "";

  /**
   * @param drainsACheck of how many drains one is followed by a check of the invariants: they look
   *     at all that was there before, too, so that after each it would be most of the time
   */
  LogScript(TestDatabase database, int drainsACheck) {
    this.database = database;
    this.drainsACheck = drainsACheck;
    this.connection = database.superuserConnection();
    this.superuser = JdbcClient.create(connection);
    this.invariants = LogInvariants.of(superuser);
    for (String sql :
        List.of(
            "CREATE SCHEMA spec",
            "CREATE TABLE spec.counter (key text PRIMARY KEY, n bigint NOT NULL DEFAULT 0)",
            "CREATE TABLE spec.effect (at bigint GENERATED ALWAYS AS IDENTITY, key text, n bigint)",
            "GRANT ALL ON SCHEMA spec TO order_service",
            "GRANT ALL ON ALL TABLES IN SCHEMA spec TO order_service")) {
      superuser.sql(sql).update();
    }
    superuser
        .sql("SELECT commondata.create_subscription('spec', 'order_service', ARRAY['log.tested'])")
        .query()
        .listOfRows();
    superuser
        .sql(
            """
            UPDATE commondata.subscription
            SET backoff_ms = 1, backoff_max_ms = 1, max_attempts = 2
            WHERE name = 'spec'
            """)
        .update();
  }

  /** For what a test breaks on purpose. */
  JdbcTemplate superuser() {
    return new JdbcTemplate(connection);
  }

  /** So many events of a fresh key wait. */
  void begin(int events) {
    freshKeys();
    publishNow(events);
  }

  /** As {@link #begin}; the first of them is parked. */
  void beginParked(int events) {
    begin(events);
    parkNow();
  }

  /** Two keys of part 0 that nobody has used. */
  void freshKeys() {
    List<String> keys =
        superuser
            .sql(
                """
                INSERT INTO spec.counter (key)
                SELECT 'k' || n
                FROM generate_series(:candidate + 1, :candidate + 500) AS n
                WHERE commondata.part_of('k' || n) = 0
                ORDER BY n
                LIMIT 2
                RETURNING key
                """)
            .param("candidate", candidate)
            .query(String.class)
            .list();
    key = keys.get(0);
    otherKey = keys.get(1);
    candidate = Integer.parseInt(otherKey.substring(1));
  }

  /** The key that is published by default. */
  String key() {
    return key;
  }

  /** Publishes the next event of the key, under the key's row lock as a producer should. */
  Interleaving.Named publish() {
    return step("publish", session -> publish(session, key));
  }

  Interleaving.Named publishOther() {
    return step("publish-other", session -> publish(session, otherKey));
  }

  private static void publish(ScriptedSession session, String key) throws SQLException {
    session.ask(
        """
        WITH next AS (
            UPDATE spec.counter
            SET n = n + 1
            WHERE key = ?
            RETURNING key, n
        )
        SELECT commondata.publish('log.tested', key, jsonb_build_object('n', n))
        FROM next
        """,
        key);
  }

  /** Publishes events of the first key, each committed, and stamps. */
  void publishNow(int events) {
    for (int i = 0; i < events; i++) {
      publishNow(key);
    }
    stampNow();
  }

  /** Publishes one event of the other key, and stamps. */
  void publishOtherNow() {
    publishNow(otherKey);
    stampNow();
  }

  private void publishNow(String of) {
    database
        .login(LOGIN)
        .jdbc()
        .sql(
            """
            WITH next AS (
                UPDATE spec.counter
                SET n = n + 1
                WHERE key = :key
                RETURNING key, n
            )
            SELECT commondata.publish('log.tested', key, jsonb_build_object('n', n))
            FROM next
            """)
        .param("key", of)
        .query()
        .listOfRows();
  }

  private void stampNow() {
    database.login(LOGIN).jdbc().sql("SELECT commondata.stamp()").query().listOfRows();
  }

  Interleaving.Named stamp() {
    return step("stamp", session -> session.ask("SELECT commondata.stamp()"));
  }

  Interleaving.Named stampAndCommit() {
    return step(
        "stamp-and-commit",
        session -> {
          session.ask("SELECT commondata.stamp()");
          session.commit();
        });
  }

  /** One event is parked with one attempt; its followers, if any, are in the log. */
  void parkNow() {
    long next =
        superuser
            .sql(
                """
                SELECT min(q.seq)
                FROM commondata.log_position AS q
                JOIN commondata.cursor AS c
                    ON c.subscription = 'spec'
                    AND c.part = q.part
                WHERE q.part = 0
                  AND q.seq > c.pos
                  AND q.type = 'log.tested'
                """)
            .query(Long.class)
            .single();
    database
        .login(LOGIN)
        .jdbc()
        .sql("SELECT commondata.park('spec', 0, :next, 'Spec', 'failed', 'spec')")
        .param("next", next)
        .query()
        .listOfRows();
    letRetriesBeDue();
  }

  void letRetriesBeDue() {
    superuser
        .sql(
            """
            UPDATE commondata.parked_key
            SET next_attempt_at = '-infinity'
            WHERE subscription = 'spec'
            """)
        .update();
  }

  /** One event is parked and has failed for the last time. */
  void killNow() {
    superuser
        .sql("UPDATE commondata.subscription SET max_attempts = 1 WHERE name = 'spec'")
        .update();
    parkNow();
    superuser
        .sql("UPDATE commondata.subscription SET max_attempts = 2 WHERE name = 'spec'")
        .update();
    assertThat(openLetters()).as("dead letters").hasSize(1);
  }

  List<Long> openLetters() {
    return superuser
        .sql("SELECT id FROM commondata.dead_letter WHERE state = 'OPEN' AND key = :key")
        .param("key", key)
        .query(Long.class)
        .list();
  }

  Interleaving.Named replay() {
    return step(
        "replay",
        session ->
            session.ask(
                """
                SELECT commondata.act_on_letter(d.id, 'replay', 'ann', 'spec')
                FROM commondata.dead_letter AS d
                WHERE d.key = ?
                """,
                key));
  }

  Interleaving.Named pause() {
    return step(
        "pause-and-commit",
        session -> {
          session.ask("SELECT commondata.pause_subscription('spec', true, 'ann', 'spec')");
          session.commit();
        });
  }

  void replayDeadLetters() {
    for (long id : openLetters()) {
      database
          .login(OPERATOR)
          .jdbc()
          .sql("SELECT commondata.act_on_letter(:id, 'replay', 'ann', 'spec')")
          .param("id", id)
          .query()
          .listOfRows();
    }
  }

  /** How often the key's dead letter was replayed. */
  long replays() {
    return superuser
        .sql("SELECT count(*) FROM commondata.dead_letter WHERE state = 'REPLAYED' AND key = :key")
        .param("key", key)
        .query(Long.class)
        .single();
  }

  /** As {@link #drainAndCheck}; what was dead and replayed may come after its followers. */
  void drainAndCheckWithoutOrder() {
    drain();
    assertThat(effects()).containsExactlyInAnyOrderElementsOf(published());
  }

  /** Reads and retries until nothing is left; then everything was handled, once. */
  void drainAndCheck(List<String> happened) {
    drain();
    checkEffects();
  }

  /** As {@link #drainAndCheck}; what a rewind has put aside was handled once more. */
  void drainAndCheckWithRewinds() {
    drain();
    assertThat(handledMoreOrLessOften()).as("effects, but those that came again").isEmpty();
  }

  /** Each event of this order's keys has had its effect once, in order. */
  void checkEffects() {
    assertThat(effects()).as("effects, by key").isEqualTo(published());
  }

  private void drain() {
    superuser.sql("UPDATE commondata.subscription SET paused = false").update();
    for (int round = 0; waiting() > 0; round++) {
      assertThat(round).as("rounds of the drain").isLessThan(ROUNDS_MAX);
      poller().pollOnce();
    }
    if (drains++ % drainsACheck == 0) {
      checkInvariants();
    }
  }

  /** Every invariant of the log holds; what has broken one stays in the log. */
  void checkInvariants() {
    assertThat(invariants.broken()).as("invariants after the drain").isEmpty();
  }

  /** The kit's own reader; a new one looks at parked keys at once. */
  private Poller poller() {
    Login login = database.login(LOGIN);
    Subscription subscription =
        Subscription.named(SUBSCRIPTION)
            .login(LOGIN)
            .onBatch(events -> events.forEach(event -> effect(login, event)))
            .build();
    return new Poller(subscription, login, new EventCodec(), "drain", 100, new Sequencer(login, 0));
  }

  private static void effect(Login login, Event event) {
    login
        .jdbc()
        .sql(
            """
            INSERT INTO spec.effect (key, n)
            VALUES (:key, CAST(CAST(:payload AS jsonb) ->> 'n' AS bigint))
            """)
        .param("key", event.key())
        .param("payload", event.payload())
        .update();
  }

  /** Events that the cursor has not passed. */
  long unread() {
    return superuser
        .sql(
            """
            SELECT h.head - c.pos
            FROM commondata.cursor AS c
            JOIN commondata.part_head AS h ON h.part = c.part
            WHERE c.subscription = 'spec'
              AND c.part = 0
            """)
        .query(Long.class)
        .single();
  }

  private long waiting() {
    stampNow();
    return superuser
        .sql(
            """
            SELECT
                (SELECT count(*)
                FROM commondata.cursor AS c
                JOIN commondata.part_head AS h ON h.part = c.part
                WHERE c.subscription = 'spec' AND c.part = 0 AND h.head > c.pos)
                + (SELECT count(*) FROM commondata.parked_event WHERE subscription = 'spec')
            """)
        .query(Long.class)
        .single();
  }

  private List<String> effects() {
    return superuser
        .sql(
            """
            SELECT e.key || ':' || e.n
            FROM spec.effect AS e
            WHERE e.key IN (:key, :other_key)
            ORDER BY e.key, e.at
            """)
        .param("key", key)
        .param("other_key", otherKey)
        .query(String.class)
        .list();
  }

  /** Events whose effects are not one, and one for each receipt that a rewind has put aside. */
  private List<String> handledMoreOrLessOften() {
    return superuser
        .sql(
            """
            SELECT format('%s: %s times, put aside %s', o.key, h.times, a.times)
            FROM commondata.outbox AS o
            JOIN commondata.log_position AS q ON q.id = o.id
            CROSS JOIN LATERAL (
                SELECT count(*) AS times
                FROM spec.effect AS e
                WHERE e.key = o.key
                  AND e.n = CAST(o.payload ->> 'n' AS bigint)
            ) AS h
            CROSS JOIN LATERAL (
                SELECT count(*) AS times
                FROM commondata.receipt_before_rewind AS b
                WHERE b.subscription = 'spec'
                  AND b.part = q.part
                  AND q.seq = ANY (b.seqs)
            ) AS a
            WHERE o.key = :key
              AND h.times <> a.times + 1
            """)
        .param("key", key)
        .query(String.class)
        .list();
  }

  /** The numbers that each key's producers gave: 1, 2, 3 ... */
  private List<String> published() {
    return superuser
        .sql(
            """
            SELECT c.key || ':' || g.n
            FROM spec.counter AS c
            CROSS JOIN LATERAL generate_series(1, c.n) AS g (n)
            WHERE c.key IN (:key, :other_key)
            ORDER BY c.key, g.n
            """)
        .param("key", key)
        .param("other_key", otherKey)
        .query(String.class)
        .list();
  }

  @Override
  public void close() {
    connection.destroy();
  }
}
