package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * Customers that a transaction is about to write in fraud: whoever handles the registration of one
 * waits in the midst of a statement, and holds its part, until this lets go.
 */
final class HeldCustomers implements AutoCloseable {

  private final Installation installation;
  private final Connection connection;
  private final int session;

  private HeldCustomers(Installation installation, Connection connection, int session) {
    this.installation = installation;
    this.connection = connection;
    this.session = session;
  }

  static HeldCustomers of(Installation installation, List<String> customers) throws SQLException {
    Connection connection = installation.owner().getConnection();
    connection.setAutoCommit(false);
    JdbcClient jdbc = JdbcClient.create(new SingleConnectionDataSource(connection, true));
    jdbc.sql("SET LOCAL idle_in_transaction_session_timeout = 0").update();
    jdbc.sql(
            """
            INSERT INTO fraud.customer (customer_id, country, registered_at)
            SELECT customer, 'NO', clock_timestamp()
            FROM unnest(:customers) AS customer
            """)
        .param("customers", customers.toArray(new String[0]))
        .update();
    return new HeldCustomers(
        installation,
        connection,
        jdbc.sql("SELECT pg_backend_pid()").query(Integer.class).single());
  }

  /** Waits until so many handlers wait; returns their sessions. */
  List<Integer> untilAwaitedBy(int handlers) {
    await().atMost(UpProcess.PATIENCE).untilAsserted(() -> assertThat(waiting()).hasSize(handlers));
    return waiting();
  }

  /** Waits until another handler waits than those, which do not any more. */
  void untilAwaitedByAnotherThan(List<Integer> sessions) {
    await()
        .atMost(UpProcess.PATIENCE)
        .untilAsserted(
            () -> assertThat(waiting()).hasSize(1).doesNotContainAnyElementsOf(sessions));
  }

  private List<Integer> waiting() {
    return JdbcClient.create(installation.owner())
        .sql(
            """
            SELECT a.pid
            FROM pg_stat_activity AS a
            WHERE a.usename = 'fraud_service'
              AND :session = ANY (pg_blocking_pids(a.pid))
            """)
        .param("session", session)
        .query(Integer.class)
        .list();
  }

  void letGo() throws SQLException {
    connection.rollback();
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
