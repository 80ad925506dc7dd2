package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.database.SqlStates;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An event that meets an outage whenever an SQL client tries it is counted at the tenth try. */
final class SqlSuspectIT extends SqlSessionSteps {

  private static final int ROUNDS_MAX = 100;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatAloneMeetsAnOutageDiesAndTheOthersAreHandled(boolean isSessionABatch)
      throws SQLException {
    reader.publish("a1", "b1", "c1", "d1");

    int outages = outagesUntilQuiet("b1", "55P03", isSessionABatch);

    assertThat(reader.deadLetters()).containsExactly("b1 3 55P03");
    assertThat(reader.effects()).containsExactlyInAnyOrder("a1", "c1", "d1");
    assertThat(outages).as("nine a try, and nine or ten in the batch").isBetween(36, 38);
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void aFullDiskIsNeverItsFault() throws SQLException {
    reader.publish("a1");

    assertThat(outagesUntilQuiet("a1", "53100", true)).isEqualTo(ROUNDS_MAX);

    assertThat(reader.deadLetters()).isEmpty();
    assertThat(reader.parkedKeys()).isEmpty();
  }

  @Test
  void sessionsThatBeginTogetherSuspectNoEvent() throws SQLException {
    reader.publish("a1", "b1");
    List<Connection> sessions = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      Connection session = connect();
      assertThat(begin(session)).isTrue();
      sessions.add(session);
      reader.sql(
          """
          UPDATE commondata.client_part
          SET begun_at = clock_timestamp() + interval '1 minute'
          WHERE subscription = :name
          """);
    }

    assertThat(takeAndFinish(sessions.get(0))).as("not one by one").containsExactly("a1", "b1");
    for (Connection session : sessions) {
      session.close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "08006", "25006", "25P03", "25P04", "40001", "40P01", "53100", "53200", "53300", "55P03",
        "57P01", "58000", "58030"
      })
  void suspectsForTheSameStatesAsThePollerInJava(String state) throws SQLException {
    reader.publish("a1");
    try (Connection other = connect()) {
      begin(other);
      reader.sql("UPDATE commondata.client_part SET begun_count = 10 WHERE subscription = :name");
      take(other);
      if (SqlStates.mayBeOwnFault(new SQLException("so", state))) {
        assertThatCode(() -> refuse(other, "a1", state)).doesNotThrowAnyException();
      } else {
        assertThatThrownBy(() -> refuse(other, "a1", state)).hasMessageContaining("is an outage");
      }
      other.rollback();
    }
  }

  private int outagesUntilQuiet(String culprit, String state, boolean isSessionABatch)
      throws SQLException {
    Connection client = connect();
    int outages = 0;
    int idle = 0;
    while (idle < 3 && outages < ROUNDS_MAX) {
      if (isSessionABatch) {
        client.close();
        client = connect();
      }
      reader.later();
      idle = begin(client) ? 0 : idle + 1;
      List<String> events = take(client);
      try {
        if (events.remove(culprit)) {
          refuse(client, culprit, state);
        }
        finish(client, events);
      } catch (SQLException e) {
        assertThat(e.getSQLState()).isEqualTo(state);
        outages++;
        client.rollback();
        if (isSessionABatch) {
          ask(client, "SELECT commondata.finish('%s')".formatted(reader.name()));
          client.commit();
        }
      }
    }
    client.close();
    return outages;
  }

  private void refuse(Connection client, String event, String state) throws SQLException {
    ask(
        client,
        """
        SELECT commondata.fail('%1$s', b.seq, 'so', '%2$s')
        FROM commondata.open_batch('%1$s') AS b
        WHERE b.payload #>> '{}' = '%3$s'
        """
            .formatted(reader.name(), state, event));
  }
}
