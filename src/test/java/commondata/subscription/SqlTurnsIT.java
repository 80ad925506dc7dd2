package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Parked keys that are due and other events take turns with an SQL client. */
final class SqlTurnsIT extends SqlSessionSteps {

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void manyKeysThatComeDueAtOnceKeepNoOtherEventWaiting(boolean isSessionABatch)
      throws SQLException {
    parkAll("a1", "b1", "c1", "d1");
    reader.publish("e1", "f1", "g1", "h1").later();

    List<String> taken = new ArrayList<>();
    Connection client = connect();
    while (begin(client)) {
      List<String> events = take(client, 1);
      finish(client, events);
      taken.addAll(events);
      if (isSessionABatch) {
        client.close();
        client = connect();
      }
    }
    client.close();

    assertThat(taken).hasSize(8);
    for (int i = 0; i < taken.size(); i += 2) {
      assertThat(taken.subList(i, i + 2)).filteredOn(what -> what.charAt(0) < 'e').hasSize(1);
    }
    assertThat(reader.parkedKeys()).isEmpty();
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void aRetryThatWasRolledBackKeepsNoTurn() throws SQLException {
    parkAll("a1", "b1");
    reader.publish("e1").later();

    try (Connection client = connect()) {
      assertThat(begin(client)).isTrue();
      assertThat(take(client)).hasSize(1).doesNotContain("e1");
      client.rollback();
      assertThat(begin(client)).isTrue();
      assertThat(takeAndFinish(client)).containsExactly("e1");
      assertThat(begin(client)).isTrue();
      assertThat(takeAndFinish(client)).hasSize(1);
      assertThat(begin(client)).isTrue();
      assertThat(takeAndFinish(client)).hasSize(1);
      assertThat(begin(client)).isFalse();
    }
  }

  private void parkAll(String... events) throws SQLException {
    reader.set("backoff_ms = 600000, backoff_max_ms = 600000");
    reader.publish(events);
    try (Connection client = connect()) {
      begin(client);
      assertThat(take(client)).hasSize(events.length);
      ask(
          client,
          """
          SELECT commondata.fail('%1$s', b.seq, 'no')
          FROM commondata.open_batch('%1$s') AS b
          """
              .formatted(reader.name()));
      ask(client, "SELECT commondata.finish('%s')".formatted(reader.name()));
      client.commit();
    }
  }
}
