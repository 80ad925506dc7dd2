package musiccorp.chaos;

import commondata.database.Connections;
import commondata.database.Passwords;
import commondata.job.SqlScript;
import commondata.job.SqlStatement;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.locks.LockSupport;

/**
 * A service that is one SQL file: the file is run again and again in one session, as psql would,
 * statement by statement. After an outage the session goes on, or a new one takes its place.
 */
final class SqlService {

  static final String LOYALTY = "loyalty_service";

  private static final long REST_NANOS = 200_000_000;

  private final String url;
  private final String login;
  private final Passwords passwords;
  private final SqlScript script;

  SqlService(String url, String login, Passwords passwords, SqlScript script) {
    this.url = url;
    this.login = login;
    this.passwords = passwords;
    this.script = script;
  }

  /** A script that the program brings with it. */
  static SqlScript packed(String resource) throws IOException {
    try (InputStream in = SqlService.class.getResourceAsStream("/" + resource)) {
      if (in == null) {
        throw new ChaosException("the program lacks its file " + resource);
      }
      return SqlScript.parse(resource, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  void runForEver() {
    while (true) {
      try (Connection session = Connections.open(url, login, passwords)) {
        while (true) {
          if (batch(session) == 0) {
            LockSupport.parkNanos(REST_NANOS);
          }
        }
      } catch (SQLException | RuntimeException e) {
        say(e);
        LockSupport.parkNanos(REST_NANOS);
      }
    }
  }

  /** Events of one batch; 0 also if it was rolled back and the session is still there. */
  private long batch(Connection session) throws SQLException {
    long events = 0;
    try (Statement statement = session.createStatement()) {
      for (SqlStatement each : script.statements()) {
        if (statement.execute(each.sql())) {
          try (ResultSet rows = statement.getResultSet()) {
            events = rows.next() && rows.getObject(1) instanceof Long number ? number : events;
          }
        }
      }
      return events;
    } catch (SQLException e) {
      say(e);
      try (Statement statement = session.createStatement()) {
        statement.execute("ROLLBACK");
      }
      return 0;
    }
  }

  private void say(Exception e) {
    System.err.println(login + ": " + e.getMessage());
  }
}
