package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.fault.FaultPoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.dao.DataAccessResourceFailureException;
import testkit.Faults;
import testkit.TestDatabase;

/** The answer to a COMMIT is lost: what was done is not done again, what was not done is. */
final class LostAnswerIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private final TestReader reader = new TestReader(DATABASE);

  @Test
  void aReadersCursorTellsThatItWasDone() {
    reader.publish("a1", "a2");
    Poller poller = reader.poller();
    poller.pollOnce();
    reader.publish("a3");

    AtomicBoolean lost = new AtomicBoolean();
    try (Faults faults =
        Faults.at(
            point -> {
              if (point == FaultPoint.TRANSACTION_COMMITTED && lost.compareAndSet(false, true)) {
                throw answerIsLost();
              }
            })) {
      assertThat(poller.pollOnce()).isInstanceOf(PollOutcome.Interrupted.class);
      assertThat(faults.hits(FaultPoint.TRANSACTION_COMMITTED)).isPositive();
    }

    reader.untilQuiet();
    assertThat(reader.effects()).containsExactly("a1", "a2", "a3");
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void aReaderDoesAgainWhatWasNotDone() {
    reader.publish("a1");
    try (Faults faults =
        Faults.at(
            point -> {
              if (point == FaultPoint.TRANSACTION_DONE) {
                throw answerIsLost();
              }
            })) {
      reader.poller().pollOnce();
      assertThat(faults.hits(FaultPoint.TRANSACTION_DONE)).isPositive();
    }

    assertThat(reader.effects()).isEmpty();
    reader.untilQuiet();
    assertThat(reader.effects()).containsExactly("a1");
    assertThat(reader.parkedKeys()).isEmpty();
  }

  @Test
  void aProducerAsksForItsTransaction() throws SQLException {
    try (Connection producer = DATABASE.login("order_service").dataSource().getConnection()) {
      producer.setAutoCommit(false);
      String done = published(producer);
      assertThat(statusOf(done)).isEqualTo("in progress");
      producer.commit();
      String undone = published(producer);
      producer.rollback();

      assertThat(statusOf(done)).isEqualTo("committed");
      assertThat(statusOf(undone)).isEqualTo("aborted");
    }
  }

  private String published(Connection producer) throws SQLException {
    try (var statement = producer.createStatement()) {
      statement.execute(
          "SELECT commondata.publish('test.happened-" + reader.name() + "', 'k', '1')");
      try (var row = statement.executeQuery("SELECT pg_current_xact_id()::text")) {
        row.next();
        return row.getString(1);
      }
    }
  }

  private static String statusOf(String transaction) {
    return DATABASE
        .login("order_service")
        .jdbc()
        .sql("SELECT pg_xact_status(CAST(:transaction AS xid8))")
        .param("transaction", transaction)
        .query(String.class)
        .single();
  }

  private static RuntimeException answerIsLost() {
    return new DataAccessResourceFailureException(
        "no answer", new SQLException("connection lost", "08006"));
  }
}
