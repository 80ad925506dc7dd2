package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A program that speaks nothing but SQL reads the log with the guarantees of the Java poller. */
final class SqlClientIT extends SqlClientSteps {

  SqlClientIT() throws SQLException {}

  @Test
  void handlesABatchOfSetsInOneTransaction() throws SQLException {
    publish("a", "b", "a", "c");

    assertThat(drain()).isEqualTo(4);

    assertThat(effects()).containsExactlyInAnyOrder("a", "a", "b", "c");
    assertThat(receipts()).isEqualTo(4);
    assertThat(drain()).isZero();
  }

  @Test
  void finishingNothingIsNoError() throws SQLException {
    begin();

    assertThat(take(10)).isEmpty();
    assertThat(finish()).isZero();

    client.commit();
  }

  @Test
  void rollingBackGivesTheSameEventsAgain() throws SQLException {
    publish("a", "a");
    begin();
    List<Long> first = take(10);
    work();
    finish();
    client.rollback();

    assertThat(take(10)).isEqualTo(first).hasSize(2);
    client.rollback();
    assertThat(effects()).isEmpty();
    assertThat(receipts()).isZero();
  }

  @Test
  void refusesACommitThatForgotToFinish() throws SQLException {
    publish("a");
    begin();
    take(10);
    work();

    assertThatThrownBy(client::commit)
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("a batch of \"" + name + "\" was taken and not finished");

    client.rollback();
    assertThat(effects()).isEmpty();
    assertThat(drain()).isEqualTo(1);
    assertThat(effects()).containsExactly("a");
  }

  /** A limit of 0 found nothing, and what finds nothing is passed. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "NULL"})
  void refusesABatchOfNoEvent(String limit) throws SQLException {
    publish("a", "b");

    for (String call : List.of("take_batch('%s', %s)", "next_batch('%s', %s)")) {
      begin();
      assertThatThrownBy(() -> execute("SELECT commondata." + call.formatted(name, limit)))
          .hasMessageContaining("a batch of " + limit + " events can't be taken");
      client.rollback();
    }

    assertThat(drain()).isEqualTo(2);
  }

  /** The first would be a rewind that no audit has, the others receipts for what nobody had. */
  @ParameterizedTest
  @ValueSource(
      strings = {"2, 1, '{}'", "2, 2, '{}'", "1, 2, '{1}'", "1, 2, '{2,3}'", "1, 2, '{NULL}'"})
  void refusesToFinishWhatNoBatchCanHaveBeen(String batch) throws SQLException {
    begin();

    assertThatThrownBy(
            () -> execute("SELECT commondata.finish('%s', 0, %s, 'me')".formatted(name, batch)))
        .hasMessageContaining("no batch lies behind");
    client.rollback();
  }

  /** A batch is one value until it is finished, and a value has a gigabyte at most. */
  @Test
  void getsNoMoreThanSixteenMegabytesAtOnce() throws SQLException {
    publishLarge(20);
    begin();

    List<Long> first = take(1_000);

    assertThat(first).hasSize(16);
    assertThat(longs("SELECT DISTINCT batch_end FROM commondata.open_batch('%s')".formatted(name)))
        .containsExactly(first.get(15));
    assertThat(fail(first.get(0), "no")).hasSize(16);
    client.rollback();
    assertThat(take(1_000)).isEqualTo(first);
    work();
    assertThat(finish()).isEqualTo(16);
    client.commit();
    assertThat(take(1_000)).hasSize(4);
    finish();
    client.commit();
  }

  private void publishLarge(int events) {
    DATABASE
        .login("order_service")
        .jdbc()
        .sql(
            """
            SELECT count(
                commondata.publish(
                    'test.happened-' || :name, 'a', to_jsonb(repeat('x', 1000000))))
            FROM generate_series(1, :events)
            """)
        .param("name", name)
        .param("events", events)
        .query(Long.class)
        .single();
  }

  @Test
  void refusesASecondBatchInOneTransaction() throws SQLException {
    publish("a");
    begin();
    take(10);

    assertThatThrownBy(() -> take(10)).hasMessageContaining("is open in this transaction");
    client.rollback();
  }

  @Test
  void leavesAHeldPartToWhoHasIt() throws SQLException {
    publish("a");
    begin();
    assertThat(take(10)).hasSize(1);

    try (Connection other = DATABASE.login(READER).dataSource().getConnection();
        Statement statement = other.createStatement()) {
      statement.execute("SELECT commondata.begin_batch('%s')".formatted(name));
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT b.seq FROM commondata.take_batch('%s', 10) AS b".formatted(name))) {
        assertThat(rows.next()).isFalse();
      }
    }
    client.rollback();
  }

  @Test
  void readsNoSubscriptionOfAnotherLogin() throws SQLException {
    try (Connection other = DATABASE.login("payment_service").dataSource().getConnection();
        Statement statement = other.createStatement()) {
      for (String call :
          List.of("begin_batch('%s')", "take_batch('%s')", "open_batch('%s')", "finish('%s')")) {
        assertThatThrownBy(
                () -> statement.executeQuery("SELECT commondata." + call.formatted(name)))
            .hasMessageContaining("belongs to \"fraud_service\", not to login \"payment_service\"");
      }
    }
  }
}
