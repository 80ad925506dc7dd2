package commondata.database;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGConnection;

/**
 * Gives every login the password that the program will use for it. A login that gets in with it is
 * left alone. The password is turned into a SCRAM verifier here: the server never sees it.
 */
final class RolePasswords {

  private static final String ENCRYPTION = "scram-sha-256";

  private final Connection owner;
  private final String url;
  private final Passwords passwords;

  RolePasswords(Connection owner, String url, Passwords passwords) {
    this.owner = owner;
    this.url = url;
    this.passwords = passwords;
  }

  /** Returns how many were changed. */
  int apply() throws SQLException {
    owner.setAutoCommit(false);
    try {
      lockOutOtherNodes();
      int changed = 0;
      for (String login : logins()) {
        String password = passwords.of(login);
        if (!isRight(login, password)) {
          owner
              .unwrap(PGConnection.class)
              .alterUserPassword(login, password.toCharArray(), ENCRYPTION);
          changed++;
        }
      }
      owner.commit();
      return changed;
    } catch (SQLException | RuntimeException e) {
      owner.rollback();
      throw e;
    } finally {
      owner.setAutoCommit(true);
    }
  }

  /** Two nodes that alter one role at the same moment would make each other fail. */
  private void lockOutOtherNodes() throws SQLException {
    try (Statement statement = owner.createStatement()) {
      statement.execute(
          """
          LOCK TABLE commondata.flyway_history IN SHARE ROW EXCLUSIVE MODE
          """);
    }
  }

  private List<String> logins() throws SQLException {
    String sql =
        """
        SELECT r.rolname
        FROM pg_roles AS r
        WHERE r.rolcanlogin
            AND NOT r.rolsuper
            AND r.rolname <> current_user
            AND (
                r.rolname IN (
                    'commondata_console',
                    'commondata_operator',
                    'commondata_node',
                    'commondata_quartz'
                )
                OR EXISTS (
                    SELECT
                    FROM pg_auth_members AS m
                    JOIN pg_roles AS g ON g.oid = m.roleid
                    WHERE g.rolname = 'commondata_service'
                        AND m.member = r.oid
                )
            )
        ORDER BY r.rolname
        """;
    List<String> logins = new ArrayList<>();
    try (Statement statement = owner.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        logins.add(rows.getString(1));
      }
    }
    return logins;
  }

  private boolean isRight(String login, String password) throws SQLException {
    try (Connection connection = Connections.connect(url, login, password)) {
      return connection.isValid(1);
    } catch (SQLException e) {
      if (String.valueOf(e.getSQLState()).startsWith("28")) {
        return false;
      }
      throw e;
    }
  }
}
