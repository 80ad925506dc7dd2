package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.database.Login;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.SliceLength;
import testkit.TestDatabase;

/** A round of many events, here four: it is numbered in slices, with the order of one go. */
final class SlicesIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();
  @RegisterExtension static final LogSpecs LOG = new LogSpecs();

  @BeforeAll
  static void cutEarly() {
    SliceLength.set(DATABASE, 4);
    SliceLength.set(LOG.database(), 1);
    SliceLength.watch(LOG.database());
  }

  @BeforeEach
  void numberWhatIsThere() {
    rounds();
  }

  @Test
  void numbersABacklogSliceBySliceInTheOrderOfIds() throws SQLException {
    try (Connection session = session()) {
      for (int n = 1; n <= 18; n++) {
        publish(session, "key-" + n % 3);
        session.commit();
      }
    }

    assertThat(rounds()).containsExactly(4L, 4L, 4L, 4L, 2L);
    assertThat(invertedKeys()).isZero();
    assertThat(Gaps.in(DATABASE)).isZero();
  }

  @Test
  void isNotCutWhereATransactionHasTakenAnIdLate() throws SQLException {
    try (Connection older = session();
        Connection newer = session()) {
      try (Statement statement = older.createStatement()) {
        statement.execute("SELECT pg_current_xact_id()");
      }
      for (int n = 1; n <= 9; n++) {
        publish(newer, "same-key");
        newer.commit();
      }
      publish(older, "same-key");
      older.commit();
    }

    assertThat(rounds()).containsExactly(10L);
    assertThat(invertedKeys()).isZero();
  }

  @Test
  void takesInNothingThatIsCommittedBeforeItsGoalIsReached() throws SQLException {
    try (Connection open = session();
        Connection session = session()) {
      for (int n = 1; n <= 6; n++) {
        publish(session, "before-" + n);
        session.commit();
      }
      // Lower than those that follow, in transaction and in id, and committed while they wait.
      publish(open, "late");
      for (int n = 7; n <= 9; n++) {
        publish(session, "before-" + n);
        session.commit();
      }
      assertThat(stamp()).isEqualTo(4);
      open.commit();

      assertThat(rounds()).containsExactly(4L, 1L, 1L);
    }
    assertThat(Gaps.in(DATABASE)).isZero();
  }

  @Test
  void isNotCutBelowWhatIsNumberedAlready() throws SQLException {
    try (Connection older = session();
        Connection old = session();
        Connection session = session()) {
      for (Connection open : List.of(older, old)) {
        for (int n = 1; n <= 4; n++) {
          publish(open, "open-" + n);
        }
      }
      publish(session, "newer");
      session.commit();
      assertThat(rounds()).containsExactly(1L);
      older.commit();
      old.commit();
    }

    assertThat(rounds()).containsExactly(8L);
    assertThat(Gaps.in(DATABASE)).isZero();
  }

  @Test
  void keepsTheOrderOfAKeyWhateverIsCommittedBetweenSlices() {
    int orders = SliceSpecs.olderThanItsEvent(LOG.database(), LOG.log()).runAll();

    assertThat(orders).isEqualTo(60);
    assertThat(SliceLength.slices(LOG.database())).as("slices, but the last").isGreaterThan(60);
  }

  @Test
  void goesOnWithTheNextSliceAfterACrash() throws SQLException {
    try (Connection session = session()) {
      for (int n = 1; n <= 8; n++) {
        publish(session, "key");
        session.commit();
      }
    }
    try (Connection dying = session();
        Statement statement = dying.createStatement()) {
      statement.execute("SELECT commondata.stamp()");
      dying.rollback();
    }

    assertThat(rounds()).containsExactly(4L, 4L);
    assertThat(invertedKeys()).isZero();
  }

  @Test
  void aLookSaysThatMoreSlicesAreToCome() throws SQLException {
    try (Connection session = session()) {
      for (int n = 1; n <= 8; n++) {
        publish(session, "key");
        session.commit();
      }
    }
    Sequencer sequencer = new Sequencer(DATABASE.login(Sequencer.LOGIN), 0);

    assertThat(sequencer.look(List.of(), "me", false).rest()).isEqualTo(Sequencer.Rest.MORE_SLICES);
    assertThat(sequencer.look(List.of(), "me", false).rest()).isEqualTo(Sequencer.Rest.NOTHING);
  }

  @Test
  void aPollerNumbersAllSlicesBeforeItReads() throws SQLException {
    try (Connection session = session()) {
      for (int n = 1; n <= 9; n++) {
        publish(session, "key");
        session.commit();
      }
    }

    assertThat(new Sequencer(DATABASE.login("order_service"), 0).stamp()).isEqualTo(9);
    assertThat(rounds()).isEmpty();
  }

  @Test
  void anSqlClientIsToGoOnUntilTheLastSlice() throws SQLException {
    DATABASE.register("log.rare");
    DATABASE
        .superuser()
        .sql("SELECT commondata.create_subscription('rare', 'order_service', ARRAY['log.rare'])")
        .query()
        .singleRow();
    try (Connection session = session()) {
      for (int n = 1; n <= 8; n++) {
        publish(session, "key");
        session.commit();
      }
      execute(session, "SELECT commondata.publish('log.rare', 'key', '{}')");
      session.commit();

      assertThat(beginAndFinish(session)).containsExactly(true, 0L);
      assertThat(beginAndFinish(session)).containsExactly(true, 0L);
      assertThat(beginAndFinish(session)).containsExactly(true, 1L);
      assertThat(beginAndFinish(session)).containsExactly(false, 0L);
    }
  }

  /** What begin_batch said, and how many events there were. */
  private static List<Object> beginAndFinish(Connection session) throws SQLException {
    try (Statement statement = session.createStatement()) {
      boolean begun = ask(statement, "SELECT commondata.begin_batch('rare')").equals("t");
      session.commit();
      statement.execute("SELECT commondata.take_batch('rare')");
      long events = Long.parseLong(ask(statement, "SELECT commondata.finish('rare')"));
      session.commit();
      return List.of(begun, events);
    }
  }

  private static String ask(Statement statement, String sql) throws SQLException {
    try (ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static Connection session() throws SQLException {
    Connection connection = DATABASE.login("order_service").dataSource().getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  private static void publish(Connection session, String key) throws SQLException {
    execute(session, "SELECT commondata.publish('log.tested', '" + key + "', '{}')");
  }

  private static void execute(Connection session, String sql) throws SQLException {
    try (Statement statement = session.createStatement()) {
      statement.execute(sql);
    }
  }

  /** What each call numbers until there is nothing left. */
  private static List<Long> rounds() {
    List<Long> rounds = new ArrayList<>();
    for (long stamped = stamp(); stamped > 0; stamped = stamp()) {
      rounds.add(stamped);
    }
    return rounds;
  }

  private static long stamp() {
    Login login = DATABASE.login("order_service");
    return login
        .jdbc()
        .sql(
            """
            SELECT commondata.stamp()
            """)
        .query(Long.class)
        .single();
  }

  /** Events with a higher id than one that comes later of their key. */
  private static long invertedKeys() {
    return count(
        """
        SELECT count(*)
        FROM (
            SELECT o.id - lag(o.id) OVER (PARTITION BY o.key ORDER BY q.seq) AS step
            FROM commondata.log_position AS q
            JOIN commondata.outbox AS o USING (tx, id, occurred_at)
            WHERE o.key LIKE '%key%'
        ) AS s
        WHERE s.step < 0
        """);
  }

  private static long count(String sql) {
    return DATABASE.superuser().sql(sql).query(Long.class).single();
  }
}
