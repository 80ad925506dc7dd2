package commondata.database;

import commondata.home.SetupException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * Whose turn it is to migrate: Flyway takes turns file by file; nodes that start at once take turns
 * here, until they end. An advisory lock, since before the first migration there is nothing else;
 * any login can hold it, so nobody waits for ever, and who has it is named.
 */
final class MigrationTurn {

  private final Connection connection;
  private final String url;

  MigrationTurn(Connection connection, String url) {
    this.connection = connection;
    this.url = url;
  }

  /**
   * Waits for the turn; it lasts until the connection is closed.
   *
   * @throws SetupException if another process has had it for longer than {@code patience}
   */
  void take(Duration patience) throws SQLException {
    try (PreparedStatement limit =
            connection.prepareStatement("SELECT set_config('lock_timeout', ?, false)");
        Statement statement = connection.createStatement()) {
      limit.setString(1, patience.toMillis() + "ms");
      limit.execute();
      statement.execute("SELECT pg_advisory_lock(hashtext('commondata.migrate'))");
      statement.execute("RESET lock_timeout");
    } catch (SQLException e) {
      if (SqlStates.isConflict(e.getSQLState())) {
        throw taken(patience, e);
      }
      throw e;
    }
  }

  /** Whether another process has the turn. */
  boolean isTaken() throws SQLException {
    String sql =
        """
        SELECT NOT pg_try_advisory_xact_lock(hashtext('commondata.migrate'))
        """;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getBoolean(1);
    }
  }

  private SetupException taken(Duration patience, SQLException cause) throws SQLException {
    return new SetupException(
        "The database at %s can't be migrated: %s has had the lock for migrations for more than %d s. Wait until it is through, or end it with pg_terminate_backend"
            .formatted(Connections.place(url), holder(), patience.toSeconds()),
        cause);
  }

  private String holder() throws SQLException {
    String sql =
        """
        SELECT format('process %s (login "%s", program "%s")', a.pid, a.usename, a.application_name)
        FROM pg_locks AS l
        JOIN pg_stat_activity AS a ON a.pid = l.pid
        WHERE l.locktype = 'advisory'
          AND l.granted
          AND l.objsubid = 1
          AND a.datname = current_database()
          AND ((l.classid::bigint << 32) | l.objid::bigint) = hashtext('commondata.migrate')
        """;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : "a process that has just ended";
    }
  }
}
