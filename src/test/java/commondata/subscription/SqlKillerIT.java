package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An event that ends whatever SQL client reads it is found, parked and counted. */
final class SqlKillerIT extends SqlSessionSteps {

  @ParameterizedTest
  @ValueSource(strings = {"a1", "b1", "c2"})
  void aKillerIsParkedAfterTheSecondDeathAndDeadAtLast(String killer) throws SQLException {
    reader.publish("a1", "b1", "c1", "a2", "b2", "c2");

    int deaths = deathsUntilQuiet(killer, SqlSessionSteps::drop);

    assertThat(deaths).as("two until it is found, one at each retry").isEqualTo(4);
    assertThat(reader.deadLetters()).containsExactly(killer + " 3 WorkerDied");
    assertThat(reader.effects()).hasSize(5).doesNotContain(killer);
    assertThat(reader.parkedKeys()).isEmpty();
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void aKillerIsFoundAsSoonWhenEachBatchIsASession() throws SQLException {
    reader.publish("a1", "b1", "c1", "d1", "e1", "f1");

    int deaths = 0;
    for (int idle = 0; idle < 3 && deaths < 20; ) {
      reader.later();
      boolean isDead = diesInOneBatch("e1");
      deaths += isDead ? 1 : 0;
      idle = isDead || !reader.parkedKeys().isEmpty() || reader.effects().size() < 5 ? 0 : idle + 1;
    }

    assertThat(deaths).as("two until it is found, one at each retry").isEqualTo(4);
    assertThat(reader.deadLetters()).containsExactly("e1 3 WorkerDied");
    assertThat(reader.effects()).hasSize(5);
  }

  private boolean diesInOneBatch(String killer) throws SQLException {
    Connection client = connect();
    long pid = pid(client);
    begin(client);
    List<String> events = take(client);
    if (events.contains(killer)) {
      drop(client);
      awaitEndOf(pid);
      return true;
    }
    finish(client, events);
    client.close();
    awaitEndOf(pid);
    return false;
  }

  @Test
  void anOutageMakesNobodyForgetThatASessionHasDied() throws SQLException {
    reader.publish("a1", "b1", "c1");
    assertThat(dies("b1", SqlSessionSteps::drop)).isTrue();
    reader.later();
    try (Connection client = connect()) {
      begin(client);
      assertThat(takeAndFinish(client)).containsExactly("a1");
    }
    try (Connection client = connect()) {
      begin(client);
      take(client);
      client.rollback();
      ask(client, "SELECT commondata.finish('%s')".formatted(reader.name()));
      client.commit();
    }
    reader.later();

    try (Connection client = connect()) {
      begin(client);
      assertThat(takeAndFinish(client)).containsExactly("b1");
    }
  }

  @Test
  void afterACrashEventsGoOneByOneAndThenInBatchesAgain() throws SQLException {
    reader.publish("a1", "b1");
    assertThat(dies("b1", SqlSessionSteps::drop)).isTrue();
    reader.later();

    try (Connection client = connect()) {
      assertThat(begin(client)).isTrue();
      assertThat(takeAndFinish(client)).containsExactly("a1");
      reader.publish("c1", "c2");
      assertThat(begin(client)).isTrue();
      assertThat(takeAndFinish(client)).containsExactly("b1");
      assertThat(begin(client)).isTrue();
      assertThat(takeAndFinish(client)).containsExactly("c1", "c2");
    }
    assertThat(reader.deadLetters()).isEmpty();
    assertThat(reader.parkedKeys()).isEmpty();
  }

  @Test
  void sessionsThatRollBackAndLiveConvictNobody() throws SQLException {
    reader.publish("a1");
    try (Connection one = connect();
        Connection other = connect()) {
      for (int outage = 0; outage < 3; outage++) {
        for (Connection client : List.of(one, other)) {
          assertThat(begin(client)).isTrue();
          assertThat(take(client)).containsExactly("a1");
          client.rollback();
          reader.later();
        }
      }
      assertThat(begin(one)).isTrue();
      assertThat(takeAndFinish(one)).containsExactly("a1");
    }
    assertThat(reader.parkedKeys()).isEmpty();
  }

  @Test
  void aRetryIsTakenOverFromASessionThatHasEnded() throws SQLException {
    reader.publish("a1", "b1");
    try (Connection client = connect()) {
      begin(client);
      take(client);
      ask(client, "SELECT commondata.fail('%s', %d, 'no')".formatted(reader.name(), seq("a1")));
      ask(client, "SELECT commondata.finish('%s')".formatted(reader.name()));
      client.commit();
    }
    reader.later();
    assertThat(dies("a1", SqlSessionSteps::drop)).as("in the retry").isTrue();
    reader.sql(
        """
        UPDATE commondata.parked_key
        SET tried_at = tried_at - interval '1 minute'
        WHERE subscription = :name
        """);

    try (Connection client = connect()) {
      assertThat(begin(client)).isTrue();
      assertThat(takeAndFinish(client)).containsExactly("a1");
    }
    assertThat(reader.deadLetters()).isEmpty();
    assertThat(reader.parkedKeys()).isEmpty();
  }

  @Test
  void aSessionThatGoesOnWritesNoMarks() throws SQLException {
    reader.publish("a1");
    try (Connection client = connect()) {
      begin(client);
      takeAndFinish(client);
      List<String> marked = reader.strings(MARKS);
      for (int i = 2; i < 6; i++) {
        reader.publish("a" + i);
        begin(client);
        takeAndFinish(client);
      }
      assertThat(marked).hasSize(1);
      assertThat(reader.strings(MARKS)).isEqualTo(marked);
    }
    assertThat(reader.effects()).hasSize(5);
  }

  @Test
  void whatOthersHaveIsNotHeldAgainstWhoFoundNothing() throws SQLException {
    reader.publish("a1");
    try (Connection one = connect();
        Connection other = connect()) {
      begin(one);
      begin(other);
      take(one);
      assertThat(takeAndFinish(other)).isEmpty();
      assertThat(reader.strings(MARKS)).as("that of the one").hasSize(1);
      one.rollback();
    }
  }

  @Test
  void refusesABatchThatWasNotBegunBefore() throws SQLException {
    reader.publish("a1");
    try (Connection client = connect()) {
      assertThatThrownBy(() -> take(client))
          .hasMessageContaining("no batch of \"" + reader.name() + "\" was begun in this session")
          .hasMessageContaining("Call begin_batch() first, with autocommit.");
      client.rollback();

      client.setAutoCommit(false);
      ask(client, "SELECT commondata.begin_batch('%s')".formatted(reader.name()));
      assertThatThrownBy(() -> take(client)).hasMessageContaining("was begun in this transaction");
      client.rollback();
      client.setSavepoint("s");
      ask(client, "SELECT commondata.begin_batch('%s')".formatted(reader.name()));
      assertThatThrownBy(() -> take(client))
          .as("in a subtransaction")
          .hasMessageContaining("was begun in this transaction")
          .hasMessageContaining("it must be known even if the client dies of what it takes");
      client.rollback();
    }
  }

  private static final String MARKS =
      "SELECT worker || pos || marked_at FROM commondata.work_mark WHERE subscription = :name";

  private long seq(String event) {
    return reader.number(
        """
        SELECT q.seq
        FROM commondata.outbox AS o
        JOIN commondata.log_position AS q USING (tx, id, occurred_at)
        WHERE o.type = 'test.happened-' || :name AND o.payload #>> '{}' = '%s'
        """
            .formatted(event));
  }
}
