package testkit;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/** Keeps the JVM's one server, and the migrated template on it. */
final class TestServers {

  static final String OWNER = "commondata_owner";
  static final String PASSWORD = "only-for-tests";

  private static final String TEMPLATE = "commondata_template_" + ProcessHandle.current().pid();
  private static final AtomicInteger COPIES = new AtomicInteger();

  private static @Nullable TestServer server;
  private static boolean templateIsMade;

  private TestServers() {}

  static synchronized TestServer server() {
    if (server == null) {
      TestServer started = start();
      server = started;
      Runtime.getRuntime().addShutdownHook(new Thread(started::close, "stop-test-server"));
      execute(started, "postgres", createRole(OWNER));
    }
    return server;
  }

  private static TestServer start() {
    return new EmbeddedServer();
  }

  static synchronized String copyOfTemplate() {
    if (!templateIsMade) {
      makeTemplate();
      templateIsMade = true;
    }
    String copy = nextName();
    execute(server(), "postgres", "CREATE DATABASE " + copy + " TEMPLATE " + TEMPLATE);
    // A copy has everything but the rights on the database itself.
    execute(
        server(),
        "postgres",
        """
        UPDATE pg_database AS d
        SET datacl = t.datacl, datdba = t.datdba
        FROM pg_database AS t
        WHERE d.datname = '%s' AND t.datname = '%s'
        """
            .formatted(copy, TEMPLATE));
    return copy;
  }

  static String emptyDatabase() {
    String name = nextName();
    execute(server(), "postgres", "CREATE DATABASE " + name + " OWNER " + OWNER);
    return name;
  }

  static void drop(String database) {
    execute(server(), "postgres", "DROP DATABASE " + database + " WITH (FORCE)");
  }

  private static String nextName() {
    return "commondata_test_" + ProcessHandle.current().pid() + "_" + COPIES.incrementAndGet();
  }

  private static void makeTemplate() {
    execute(server(), "postgres", "CREATE DATABASE " + TEMPLATE + " OWNER " + OWNER);
    Flyway.configure()
        .dataSource(server().url(TEMPLATE), OWNER, PASSWORD)
        .locations("classpath:db/migration")
        .placeholders(Map.of("parts", "8"))
        .load()
        .migrate();
    for (String login : logins()) {
      execute(server(), TEMPLATE, "ALTER ROLE " + login + " PASSWORD '" + PASSWORD + "'");
    }
  }

  private static List<String> logins() {
    try (Connection connection = server().connect(TEMPLATE);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT quote_ident(r.rolname)
                FROM pg_roles AS r
                WHERE r.rolcanlogin
                  AND NOT r.rolsuper
                  AND (
                      r.rolname = 'commondata_quartz'
                      OR pg_has_role(r.oid, 'commondata_service', 'MEMBER')
                      OR pg_has_role(r.oid, 'commondata_reader', 'MEMBER')
                  )
                ORDER BY r.rolname
                """)) {
      List<String> logins = new ArrayList<>();
      while (rows.next()) {
        logins.add(rows.getString(1));
      }
      return logins;
    } catch (SQLException e) {
      throw new IllegalStateException("asking for the logins: " + e.getMessage(), e);
    }
  }

  private static String createRole(String role) {
    return """
    DO $$
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%s') THEN
            CREATE ROLE %s LOGIN CREATEROLE PASSWORD '%s';
        END IF;
    END
    $$
    """
        .formatted(role, role, PASSWORD);
  }

  private static void execute(TestServer on, String database, String sql) {
    try (Connection connection = on.connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql + ": " + e.getMessage(), e);
    }
  }
}
