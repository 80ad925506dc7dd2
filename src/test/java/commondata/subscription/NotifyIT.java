package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.database.Login;
import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import testkit.TestDatabase;

/** What other nodes hear of a look: one word for all that it has stamped, or nothing. */
final class NotifyIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final String SENDER = "this-node";
  private static final int COMMITS = 12;

  private @Nullable Connection listener;
  private long before;

  @BeforeEach
  void listen() throws SQLException {
    look(false);
    before = positions();
    listener = DriverManager.getConnection(DATABASE.url(), DATABASE.owner(), DATABASE.password());
    execute("LISTEN " + Sequencer.CHANNEL);
  }

  @AfterEach
  void hangUp() throws SQLException {
    listener().close();
  }

  @Test
  void isSentOnceForAllCommitsOfARound() throws Exception {
    publish(COMMITS);

    look(true);

    assertThat(positions()).as("all in that one round").isEqualTo(before + COMMITS);
    assertThat(heard()).containsExactly(SENDER);
  }

  @Test
  void isNotSentByALookThatFindsNothing() throws Exception {
    look(true);

    assertThat(heard()).isEmpty();
  }

  @Test
  void isNotSentByACommit() throws Exception {
    publish(COMMITS);

    assertThat(heard()).isEmpty();
  }

  @Test
  void isNotSentByANodeThatIsNotToldTo() throws Exception {
    publish(COMMITS);

    look(false);

    assertThat(positions()).isEqualTo(before + COMMITS);
    assertThat(heard()).isEmpty();
  }

  @Test
  void isSentByAnSqlClientThatIsToldTo() throws Exception {
    publish(COMMITS);
    beginBatch("off");
    assertThat(positions()).isEqualTo(before + COMMITS);
    assertThat(heard()).isEmpty();

    publish(COMMITS);
    beginBatch("on");
    beginBatch("on");
    assertThat(positions()).isEqualTo(before + 2 * COMMITS);
    assertThat(heard()).singleElement().asString().isNotEqualTo(SENDER);
  }

  private static void beginBatch(String wakeNodes) {
    DATABASE
        .superuser()
        .sql(
            """
            SELECT commondata.create_subscription(
                'told', 'fraud_service', ARRAY['test.unknown'])
            """)
        .query()
        .singleRow();
    Login login = DATABASE.login("fraud_service");
    login.inTransactionDo(
        () -> {
          login
              .jdbc()
              .sql("SELECT set_config('commondata.wake_nodes', :on, true)")
              .param("on", wakeNodes)
              .query()
              .singleValue();
          login.jdbc().sql("SELECT commondata.begin_batch('told')").query().singleValue();
        });
  }

  private static void publish(int commits) {
    Outbox outbox = new Outbox(DATABASE.login("order_service"), new EventCodec());
    for (int i = 0; i < commits; i++) {
      outbox.publish(NewEvent.of(TestDatabase.TYPE, "k" + i, "{}"));
    }
  }

  private static void look(boolean notify) {
    new Sequencer(DATABASE.login(Sequencer.LOGIN), 0).look(List.of(), SENDER, notify);
  }

  private static long positions() {
    return DATABASE
        .superuser()
        .sql("SELECT count(*) FROM commondata.log_position")
        .query(Long.class)
        .single();
  }

  /**
   * All that was sent before: the server delivers in the order of commits, so whatever comes after
   * a notification of our own came later.
   */
  private List<String> heard() throws SQLException {
    execute("NOTIFY " + Sequencer.CHANNEL + ", 'end'");
    PGNotification[] notifications = listener().unwrap(PGConnection.class).getNotifications();
    return Arrays.stream(notifications)
        .map(PGNotification::getParameter)
        .takeWhile(parameter -> !parameter.equals("end"))
        .toList();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = listener().createStatement()) {
      statement.execute(sql);
    }
  }

  private Connection listener() {
    return Objects.requireNonNull(listener);
  }
}
