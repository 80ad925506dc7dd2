package commondata.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * An SQL client that does not come to an end is ended by the server, and found like one that dies.
 */
final class SqlTimeLimitIT extends SqlSessionSteps {

  @BeforeEach
  void needAServerThatLimitsTransactions() {
    assumeThat(DATABASE.superuser().sql("SHOW server_version_num").query(Integer.class).single())
        .isGreaterThanOrEqualTo(170_000);
  }

  @Test
  void anEventWhoseStatementHangsIsCountedAndTheRestFlows() throws SQLException {
    reader.set("time_limit_ms = 100").publish("a1", "b1", "c1", "a2", "b2");

    int ends =
        deathsUntilQuiet(
            "b1",
            client ->
                assertThatThrownBy(() -> ask(client, "SELECT pg_sleep(60)"))
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("25P04"));

    assertThat(ends).as("two until it is found, one at each retry").isEqualTo(4);
    assertThat(reader.deadLetters()).containsExactly("b1 3 WorkerDied");
    assertThat(reader.effects()).containsExactlyInAnyOrder("a1", "c1", "a2", "b2");
    assertThat(reader.parkedKeys()).isEmpty();
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void anEventThatMakesItsClientSilentIsCountedAndTheRestFlows() throws SQLException {
    reader.set("time_limit_ms = 100, max_attempts = 1").publish("a1", "b1", "c1");

    int ends = deathsUntilQuiet("b1", client -> {});

    assertThat(ends).isEqualTo(2);
    assertThat(reader.deadLetters()).containsExactly("b1 1 WorkerDied");
    assertThat(reader.effects()).containsExactlyInAnyOrder("a1", "c1");
    assertThat(reader.violations()).isEmpty();
  }

  @Test
  void aBatchHasTheTimeOfAllItsEvents() throws SQLException {
    reader.set("time_limit_ms = 15000").publish("a1", "b1", "c1");
    try (Connection client = connect()) {
      begin(client);
      assertThat(take(client)).hasSize(3);
      assertThat(limit(client)).as("three times 15 s, and two to finish").isEqualTo("47s");
      client.rollback();
      assertThat(limit(client)).as("its next transaction").isEqualTo("0");
    }
  }

  @Test
  void aShorterLimitOfTheClientStays() throws SQLException {
    reader.set("time_limit_ms = 15000").publish("a1");
    try (Connection client = connect()) {
      for (String own : List.of("10s", "1h")) {
        begin(client);
        ask(client, "SELECT set_config('transaction_timeout', '%s', false)".formatted(own));
        assertThat(take(client)).hasSize(1);
        assertThat(limit(client)).isEqualTo(own.equals("10s") ? "10s" : "17s");
        client.rollback();
        assertThat(limit(client)).isEqualTo(own);
        client.rollback();
      }
    }
  }

  @Test
  void eachBatchOfATransactionBeginsTheTimeAnew() throws SQLException {
    reader.set("time_limit_ms = 2000").publish("a1", "b1");
    try (Connection client = connect()) {
      begin(client);
      for (String event : List.of("a1", "b1")) {
        assertThat(take(client, 1)).containsExactly(event);
        ask(client, "SELECT pg_sleep(2.5)");
        ask(client, "SELECT commondata.finish('%s')".formatted(reader.name()));
      }
      client.commit();
      assertThat(begin(client)).as("anything left").isFalse();
    }
  }

  private static String limit(Connection client) throws SQLException {
    return ask(client, "SHOW transaction_timeout").get(0);
  }
}
