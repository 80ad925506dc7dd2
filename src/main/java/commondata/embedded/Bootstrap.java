package commondata.embedded;

import commondata.database.Passwords;
import commondata.home.Home;
import commondata.home.SetupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGConnection;

/**
 * Gives a new server its owner and its database; all that needs a superuser. A mark in the home
 * says that it is done; done again it changes nothing.
 */
final class Bootstrap {

  private final Path mark;
  private final Passwords passwords;

  Bootstrap(Home home, Passwords passwords) {
    this.mark = mark(home);
    this.passwords = passwords;
  }

  private static Path mark(Home home) {
    return home.postgres().resolve("prepared");
  }

  /** Whether it was done in a home. */
  static boolean isDone(Home home) {
    return Files.exists(mark(home));
  }

  void run(String url) throws IOException {
    if (Files.exists(mark)) {
      return;
    }
    try (Connection connection =
        DriverManager.getConnection(url, Cluster.SUPERUSER, passwords.of(Cluster.SUPERUSER))) {
      createOwner(connection);
      createDatabase(connection);
    } catch (SQLException e) {
      throw new SetupException(
          "The new database server can't be prepared: %s. Remove \"%s\" and start again; nothing is stored in it yet."
              .formatted(e.getMessage(), mark.getParent()),
          e);
    }
    Files.createFile(mark);
  }

  private void createOwner(Connection connection) throws SQLException {
    String exists =
        """
        SELECT
        FROM pg_roles
        WHERE rolname = 'commondata_owner'
        """;
    if (!hasRow(connection, exists)) {
      execute(connection, "CREATE ROLE commondata_owner LOGIN CREATEROLE CREATEDB");
    }
    execute(connection, "GRANT pg_read_all_stats TO commondata_owner");
    connection
        .unwrap(PGConnection.class)
        .alterUserPassword(
            EmbeddedPostgres.OWNER,
            passwords.of(EmbeddedPostgres.OWNER).toCharArray(),
            "scram-sha-256");
  }

  private static void createDatabase(Connection connection) throws SQLException {
    String exists =
        """
        SELECT
        FROM pg_database
        WHERE datname = 'commondata'
        """;
    if (!hasRow(connection, exists)) {
      execute(connection, "CREATE DATABASE commondata OWNER commondata_owner");
    }
  }

  private static boolean hasRow(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next();
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
