package testkit;

import commondata.database.Migrator;
import commondata.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Keeps the JVM's one server, and the migrated template on it. */
final class TestServers {

  static final String OWNER = EmbeddedPostgres.OWNER;
  static final String PASSWORD = "only-for-tests";

  private static final String PREFIX = "commondata_test_";
  private static final String MINE = PREFIX + ProcessHandle.current().pid() + "_";
  private static final String TEMPLATE = MINE + "template";
  private static final AtomicInteger COPIES = new AtomicInteger();

  private static @Nullable TestServer server;
  private static boolean templateIsMade;

  private TestServers() {}

  static synchronized TestServer server() {
    if (server == null) {
      TestServer started = start();
      server = started;
      Runtime.getRuntime().addShutdownHook(new Thread(TestServers::stop, "stop-test-server"));
      execute(started, "postgres", CREATE_OWNER);
      databases(started).stream()
          .filter(TestServers::isLeftBehind)
          .forEach(database -> drop(started, database));
    }
    return server;
  }

  private static TestServer start() {
    String url = System.getProperty("test.database.url", "");
    if (!url.isEmpty()) {
      return new GivenServer(url);
    }
    String kind = System.getProperty("test.database", "embedded");
    return switch (kind) {
      case "embedded", "" -> new EmbeddedServer();
      case "containers" ->
          new ContainerServer(System.getProperty("test.database.image", "postgres:18"));
      default ->
          throw new IllegalArgumentException(
              "-Dtest.database=\"%s\": expected embedded or containers".formatted(kind));
    };
  }

  private static synchronized void stop() {
    if (server != null) {
      TestServer stopping = server;
      databases(stopping).stream()
          .filter(database -> database.startsWith(MINE))
          .forEach(database -> drop(stopping, database));
      stopping.close();
    }
  }

  static synchronized String copyOfTemplate() {
    if (!templateIsMade) {
      createDatabase(TEMPLATE);
      new Migrator(server().url(TEMPLATE), OWNER, login -> PASSWORD, Migrator.IN_JAR).migrate();
      execute(
          server(), TEMPLATE, "SELECT commondata.register_type('%s')".formatted(TestDatabase.TYPE));
      templateIsMade = true;
    }
    String copy = nextName();
    execute(server(), "postgres", "CREATE DATABASE " + copy + " TEMPLATE " + TEMPLATE);
    // A copy has everything but owner and rights of the database itself.
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
    createDatabase(name);
    return name;
  }

  static void drop(String database) {
    drop(server(), database);
  }

  private static void drop(TestServer on, String database) {
    execute(on, "postgres", "DROP DATABASE IF EXISTS " + database + " WITH (FORCE)");
  }

  private static void createDatabase(String name) {
    execute(server(), "postgres", "CREATE DATABASE " + name + " OWNER " + OWNER);
  }

  private static String nextName() {
    return MINE + COPIES.incrementAndGet();
  }

  /** Whether the JVM that made it is gone. */
  private static boolean isLeftBehind(String database) {
    long pid = Long.parseLong(database.substring(PREFIX.length()).replaceFirst("_.*", ""));
    return ProcessHandle.of(pid).isEmpty();
  }

  private static List<String> databases(TestServer on) {
    List<String> databases = new ArrayList<>();
    try (Connection connection = on.connect("postgres");
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT datname
                FROM pg_database
                WHERE datname ~ '^commondata_test_[0-9]+_'
                """)) {
      while (rows.next()) {
        databases.add(rows.getString(1));
      }
    } catch (SQLException e) {
      throw new IllegalStateException("asking for test databases: " + e.getMessage(), e);
    }
    return databases;
  }

  static void execute(TestServer on, String database, String sql) {
    try (Connection connection = on.connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql + ": " + e.getMessage(), e);
    }
  }

  private static final String CREATE_OWNER =
      """
      DO $$
      BEGIN
          IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'commondata_owner') THEN
              CREATE ROLE commondata_owner LOGIN CREATEROLE PASSWORD 'only-for-tests';
          END IF;
          GRANT pg_read_all_stats TO commondata_owner;
      END
      $$
      """;
}
