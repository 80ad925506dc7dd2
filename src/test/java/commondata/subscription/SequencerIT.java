package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** The sequencer, step by step: sessions named a and b, in a written order. */
final class SequencerIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();
  @RegisterExtension static final TestDatabase OTHER = TestDatabase.empty();

  @BeforeEach
  void stampWhatIsThere() {
    stamp();
  }

  @Test
  void aLateCommitIsNumberedAfterAnEarlierOne() throws SQLException {
    try (Connection a = session();
        Connection b = session()) {
      publish(a, "late");
      publish(b, "early");
      b.commit();

      assertThat(stamp()).isEqualTo(1);
      assertThat(lastKeys(1)).containsExactly("early");

      a.commit();

      assertThat(stamp()).isEqualTo(1);
      assertThat(lastKeys(2)).containsExactly("early", "late");
    }
    assertThat(Gaps.in(DATABASE)).isZero();
  }

  @Test
  void aRollbackLeavesNoGap() throws SQLException {
    try (Connection a = session();
        Connection b = session()) {
      publish(a, "same-key");
      publish(b, "same-key");
      a.rollback();
      b.commit();
    }

    assertThat(stamp()).isEqualTo(1);
    assertThat(Gaps.in(DATABASE)).isZero();
  }

  @Test
  void aRolledBackSavepointIsNoEvent() throws SQLException {
    try (Connection a = session()) {
      publish(a, "before-savepoint");
      var savepoint = a.setSavepoint();
      publish(a, "in-savepoint");
      a.rollback(savepoint);
      a.setSavepoint();
      publish(a, "in-kept-savepoint");
      a.commit();
    }

    assertThat(stamp()).isEqualTo(2);
    assertThat(lastKeys(2)).containsExactlyInAnyOrder("before-savepoint", "in-kept-savepoint");
  }

  @Test
  void aKeyKeepsItsOrderWhenTheOlderTransactionWritesLast() throws SQLException {
    try (Connection a = session();
        Connection b = session()) {
      number(a, "SELECT pg_current_xact_id()::text::bigint");
      publish(b, "k");
      b.commit();
      publish(a, "k");
      a.commit();
    }

    assertThat(stamp()).isEqualTo(2);
    assertThat(
            DATABASE
                .superuser()
                .sql(
                    """
                    SELECT bool_and(q.in_order)
                    FROM (
                        SELECT id > lag(id, 1, 0::bigint) OVER (ORDER BY seq) AS in_order
                        FROM commondata.log_position
                        WHERE part = commondata.part_of('k')
                    ) AS q
                    """)
                .query(Boolean.class)
                .single())
        .isTrue();
  }

  /** A snapshot leaves its own transaction out. Others end meanwhile, so that it lies in it. */
  @Test
  void whatTheStampingTransactionItselfPublishesIsNumbered() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    Thread others = new Thread(() -> takeNumbersUntil(done), "others");
    others.start();
    try (Connection a = session();
        Connection b = session()) {
      for (int i = 0; i < 300; i++) {
        publish(b, "b");
        b.commit();
        number(a, "SELECT commondata.stamp()");
        publish(a, "a" + i);
        a.commit();
      }
    } finally {
      done.set(true);
      others.join();
    }

    stamp();
    assertThat(unnumbered()).isZero();
    assertThat(Gaps.in(DATABASE)).isZero();
  }

  private static void takeNumbersUntil(AtomicBoolean done) {
    try (Connection others = session()) {
      while (!done.get()) {
        number(others, "SELECT pg_current_xact_id()::text::bigint");
        others.rollback();
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long unnumbered() {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT count(*)
            FROM commondata.outbox AS o
            WHERE NOT EXISTS (SELECT FROM commondata.log_position AS q WHERE q.id = o.id)
            """)
        .query(Long.class)
        .single();
  }

  @Test
  void anOpenTransactionStallsNobody() throws SQLException {
    try (Connection here = session();
        Connection elsewhere = sessionElsewhere()) {
      publish(here, "open");
      number(elsewhere, "SELECT pg_current_xact_id()::text::bigint");
      try (Connection b = session()) {
        publish(b, "quick");
        b.commit();
      }

      assertThat(stamp()).isEqualTo(1);
      assertThat(lastKeys(1)).containsExactly("quick");

      here.commit();
      elsewhere.rollback();
    }
    assertThat(stamp()).isEqualTo(1);
  }

  @Test
  void onlyOneStampsAtATime() throws SQLException {
    try (Connection a = session();
        Connection b = session();
        Connection producer = session()) {
      publish(producer, "once");
      producer.commit();

      assertThat(number(a, "SELECT commondata.stamp()")).isEqualTo(1);
      assertThat(number(b, "SELECT commondata.stamp()")).as("a has the lock").isEqualTo(-1);
      b.rollback();
      a.commit();

      assertThat(number(b, "SELECT commondata.stamp()")).as("it has its number").isZero();
    }
  }

  @Test
  void aStampThatDiesIsDoneAgain() throws SQLException {
    try (Connection producer = session();
        Connection a = session()) {
      publish(producer, "twice-looked-at");
      producer.commit();

      assertThat(number(a, "SELECT commondata.stamp()")).isEqualTo(1);
      a.rollback();
    }

    assertThat(stamp()).isEqualTo(1);
    assertThat(Gaps.in(DATABASE)).isZero();
  }

  @Test
  void anIdleStampUsesNoTransactionId() throws SQLException {
    try (Connection a = session()) {
      assertThat(number(a, "SELECT commondata.stamp()")).isZero();
      assertThat(number(a, "SELECT coalesce(pg_current_xact_id_if_assigned()::text::bigint, -1)"))
          .isEqualTo(-1);
    }
  }

  @Test
  void refusesATransactionThatHasWritten() throws SQLException {
    try (Connection a = session()) {
      publish(a, "mine");

      assertThatThrownBy(() -> number(a, "SELECT commondata.stamp()"))
          .hasMessageContaining("stamp() needs a read committed transaction of its own");
    }
  }

  @Test
  void refusesAnOldSnapshot() throws SQLException {
    try (Connection a = session()) {
      a.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);

      assertThatThrownBy(() -> number(a, "SELECT commondata.stamp()"))
          .hasMessageContaining("stamp() needs a read committed transaction of its own");
      a.rollback();
      a.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    }
  }

  private static Connection sessionElsewhere() throws SQLException {
    Connection connection =
        DriverManager.getConnection(OTHER.url(), OTHER.owner(), OTHER.password());
    connection.setAutoCommit(false);
    return connection;
  }

  @Test
  void onlyTheCommitOfALookThatStampedDoesNotWaitForTheDisk() throws SQLException {
    try (Connection producer = session();
        Connection node = session(Sequencer.LOGIN)) {
      text(node, "SELECT set_config('synchronous_commit', 'on', false)");
      node.commit();
      assertThat(commitAfterALook(node)).as("nothing was there").isEqualTo("on");
      node.commit();

      publish(producer, "k");
      producer.commit();
      assertThat(commitAfterALook(node)).as("it stamped").isEqualTo("off");
      node.commit();
      assertThat(text(node, "SHOW synchronous_commit")).as("the next commit").isEqualTo("on");
    }
  }

  private static String commitAfterALook(Connection node) throws SQLException {
    number(node, "SELECT count(*) FROM commondata.look('{}', 'n', false)");
    return text(node, "SHOW synchronous_commit");
  }

  private static Connection session() throws SQLException {
    return session("order_service");
  }

  private static Connection session(String login) throws SQLException {
    Connection connection = DATABASE.login(login).dataSource().getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  private static String text(Connection session, String sql) throws SQLException {
    try (Statement statement = session.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static void publish(Connection session, String key) throws SQLException {
    try (Statement statement = session.createStatement()) {
      statement.execute("SELECT commondata.publish('log.tested', '" + key + "', '{}')");
    }
  }

  private static long number(Connection session, String sql) throws SQLException {
    try (Statement statement = session.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private static long stamp() {
    return DATABASE
        .login("order_service")
        .jdbc()
        .sql("SELECT commondata.stamp()")
        .query(Long.class)
        .single();
  }

  /** Keys of the events that were numbered last, in the order of their numbering. */
  private static List<String> lastKeys(int count) {
    return DATABASE
        .superuser()
        .sql(
            """
            SELECT l.key
            FROM (
                SELECT o.key, q.stamped_at, q.seq
                FROM commondata.log_position AS q
                JOIN commondata.outbox AS o USING (tx, id, occurred_at)
                ORDER BY q.stamped_at DESC, q.seq DESC
                LIMIT :count
            ) AS l
            ORDER BY l.stamped_at, l.seq
            """)
        .param("count", count)
        .query(String.class)
        .list();
  }
}
