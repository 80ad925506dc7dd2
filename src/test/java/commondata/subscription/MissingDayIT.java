package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.database.SqlStates;
import commondata.event.EventCodec;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import testkit.TestDatabase;

/** The log has no partition for today, because nobody made it: that says nothing about events. */
final class MissingDayIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private List<String> attachments = List.of();

  @AfterEach
  void attach() {
    attachments.forEach(statement -> DATABASE.superuser().sql(statement).update());
  }

  @Test
  void aReaderWaitsAndCountsNoAttempt() {
    TestReader reader = new TestReader(DATABASE).publish("a1", "b1");
    detach("receipt_batch");

    for (int i = 0; i < 4; i++) {
      assertThat(reader.poller().pollOnce()).isInstanceOf(PollOutcome.Interrupted.class);
    }

    attach();
    attachments = List.of();
    assertThat(reader.parkedKeys()).isEmpty();
    assertThat(reader.deadLetters()).isEmpty();
    reader.untilQuiet();
    assertThat(reader.effects()).containsExactly("a1", "b1");
  }

  @Test
  void anSqlClientIsToldThatItIsAnOutage() throws SQLException {
    String name = new TestReader(DATABASE).name();
    detach("outbox");

    assertThatThrownBy(() -> refuse(name)).hasMessageContaining("SQLSTATE 23514 is an outage");

    attach();
    attachments = List.of();
    assertThatThrownBy(() -> refuse(name))
        .as("a constraint of its own")
        .hasMessageContaining("event 1 is not in an open batch");
  }

  private static void refuse(String name) throws SQLException {
    try (Connection client =
            DriverManager.getConnection(DATABASE.url(), TestReader.LOGIN, DATABASE.password());
        Statement statement = client.createStatement()) {
      statement.execute("SELECT commondata.fail('%s', 1, 'no partition', '23514')".formatted(name));
    }
  }

  @Test
  void aPublicationFailsForAnOutage() {
    Outbox outbox = new Outbox(DATABASE.login("order_service"), new EventCodec());
    detach("outbox");

    assertThatThrownBy(() -> outbox.publish(NewEvent.of(TestDatabase.TYPE, "a", "{}")))
        .hasMessageContaining("no partition of relation")
        .matches(SqlStates::isOutage);
  }

  private void detach(String table) {
    attachments =
        DATABASE
            .superuser()
            .sql(
                """
                SELECT format(
                    'ALTER TABLE commondata.%I ATTACH PARTITION %s %s',
                    :table, c.oid::regclass, pg_get_expr(c.relpartbound, c.oid))
                FROM pg_inherits AS i
                JOIN pg_class AS c ON c.oid = i.inhrelid
                WHERE i.inhparent = ('commondata.' || :table)::regclass
                """)
            .param("table", table)
            .query(String.class)
            .list();
    for (String statement : attachments) {
      DATABASE
          .superuser()
          .sql(statement.replaceFirst("ATTACH (PARTITION \\S+) .*", "DETACH $1"))
          .update();
    }
  }
}
