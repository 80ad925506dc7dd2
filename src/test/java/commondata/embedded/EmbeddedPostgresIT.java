package commondata.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.database.GeneratedPasswords;
import commondata.database.Passwords;
import commondata.home.Home;
import commondata.home.SetupException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedPostgresIT {

  @TempDir private static Path directory = Path.of("");

  private static Home home = new Home(directory);
  private static Passwords passwords = login -> "";

  @BeforeAll
  static void twoProcessesMakeOneServer() throws Exception {
    home = new Home(directory.resolve("home"));
    passwords = new GeneratedPasswords(home.secrets());
    try (ServerUser one = ServerUser.start(home);
        ServerUser other = ServerUser.start(home)) {
      assertThat(one.port()).isEqualTo(other.port());
    }
    assertThat(pid()).as("the last one out stops it").isZero();
  }

  @Test
  void keepsItsDataBetweenStarts() throws Exception {
    try (EmbeddedPostgres postgres = open()) {
      execute(postgres, "CREATE TABLE IF NOT EXISTS kept (n int)");
    }
    assertThat(pid()).isZero();

    try (EmbeddedPostgres postgres = open()) {
      assertThat(ask(postgres, "SELECT count(*) FROM kept")).isEqualTo("0");
    }
  }

  @Test
  void writesToDiskBeforeItSaysCommitted() throws Exception {
    String settings =
        """
        SELECT string_agg(name || '=' || setting, ' ' ORDER BY name)
        FROM pg_settings
        WHERE name IN ('fsync', 'full_page_writes', 'listen_addresses', 'synchronous_commit')
        """;

    try (EmbeddedPostgres postgres = open()) {
      assertThat(ask(postgres, settings))
          .isEqualTo(
              "fsync=on full_page_writes=on listen_addresses=127.0.0.1 synchronous_commit=on");
    }
  }

  @Test
  void refusesAnybodyWithoutThePassword() throws Exception {
    try (EmbeddedPostgres postgres = open()) {
      assertThatThrownBy(() -> DriverManager.getConnection(postgres.url(), "postgres", "postgres"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("password authentication failed");
    }
  }

  @Test
  void isFoundAgainAfterItsUserWasKilled() throws Exception {
    ServerUser user = ServerUser.start(home);
    int port = user.port();
    long server = pid();

    user.kill();

    try (EmbeddedPostgres postgres = open()) {
      assertThat(postgres.port()).isEqualTo(port);
      assertThat(pid()).isEqualTo(server);
    }
    assertThat(pid()).as("the last one out stops it").isZero();
  }

  @Test
  void recoversWhenItIsKilled() throws Exception {
    try (EmbeddedPostgres postgres = open()) {
      execute(postgres, "CREATE TABLE IF NOT EXISTS survivor (n int)");
      execute(postgres, "INSERT INTO survivor (n) VALUES (1)");
      int port = postgres.port();

      ProcessHandle.of(pid()).orElseThrow().destroyForcibly();

      assertThat(postgres.ensureRunning()).isTrue();
      assertThat(postgres.ensureRunning()).isFalse();
      assertThat(postgres.port()).isEqualTo(port);
      assertThat(ask(postgres, "SELECT count(*) FROM survivor")).isEqualTo("1");
    }
  }

  /** Stopped, it can't notice that its server is gone, and holds on to the server's memory. */
  @Test
  void startsThoughASessionOfTheKilledServerIsStillThere() throws Exception {
    try (EmbeddedPostgres postgres = open();
        Connection connection = connect(postgres)) {
      long session = pidOf(connection);
      new ProcessBuilder("kill", "-STOP", Long.toString(session)).start().waitFor();

      ProcessHandle.of(pid()).orElseThrow().destroyForcibly();

      assertThat(postgres.ensureRunning()).isTrue();
      assertThat(ask(postgres, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void stopsWhileItRecovers() throws Exception {
    EmbeddedPostgres postgres = open();
    execute(postgres, "CREATE TABLE IF NOT EXISTS long_to_recover (n int)");
    execute(postgres, "INSERT INTO long_to_recover (n) SELECT generate_series(1, 500_000)");
    try (Connection connection = connect(postgres)) {
      killSession(connection);
      while (isAnsweredBy(connection)) {
        LockSupport.parkNanos(1_000_000);
      }
    }

    postgres.close();

    assertThat(pid()).isZero();
    try (EmbeddedPostgres again = open()) {
      assertThat(ask(again, "SELECT count(*) FROM long_to_recover")).isEqualTo("500000");
    }
  }

  @Test
  void staysWhileAnotherInTheSameProcessUsesIt() throws Exception {
    try (EmbeddedPostgres one = open()) {
      open().close();

      assertThat(ask(one, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void namesAPortThatIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      OptionalInt port = OptionalInt.of(taken.getLocalPort());

      assertThatThrownBy(() -> EmbeddedPostgres.open(home, passwords, port))
          .isInstanceOf(SetupException.class)
          .hasMessageStartingWith("Port %d is taken".formatted(port.getAsInt()))
          .hasMessageContaining("--pg-port");
    }
  }

  @Test
  void choosesAnotherPortWhenTheRememberedOneIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Files.writeString(home.postgres().resolve("port"), taken.getLocalPort() + "\n");

      try (EmbeddedPostgres postgres = open()) {
        assertThat(postgres.port()).isNotEqualTo(taken.getLocalPort());
      }
    }
  }

  @Test
  void refusesDataOfAnotherVersion() throws Exception {
    Path version = Cluster.dataDirectory(home).resolve("PG_VERSION");
    String before = Files.readString(version);
    Files.writeString(version, "17\n");
    try {
      assertThatThrownBy(EmbeddedPostgresIT::open)
          .isInstanceOf(SetupException.class)
          .hasMessageContaining("is of PostgreSQL 17")
          .hasMessageContaining("pg_dump");
    } finally {
      Files.writeString(version, before);
    }
  }

  @Test
  void keepsItsPasswordsFromOthers() throws Exception {
    assertThat(Files.getPosixFilePermissions(home.secrets().resolve("postgres")))
        .allMatch(permission -> permission.name().startsWith("OWNER_"));
    assertThat(Files.getPosixFilePermissions(home.path()))
        .allMatch(permission -> permission.name().startsWith("OWNER_"));
  }

  private static EmbeddedPostgres open() {
    return EmbeddedPostgres.open(home, passwords, OptionalInt.empty());
  }

  /** The server's process, or 0 if there is none. */
  private static long pid() throws IOException {
    return PostmasterFile.read(Cluster.dataDirectory(home))
        .filter(PostmasterFile::isAlive)
        .map(PostmasterFile::pid)
        .orElse(0L);
  }

  private static void execute(EmbeddedPostgres postgres, String sql) throws SQLException {
    try (Connection connection = connect(postgres);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String ask(EmbeddedPostgres postgres, String sql) throws SQLException {
    try (Connection connection = connect(postgres);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  /** All other sessions end with it, and the server recovers. */
  private static void killSession(Connection connection) throws SQLException {
    ProcessHandle.of(pidOf(connection)).orElseThrow().destroyForcibly();
  }

  private static long pidOf(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT pg_backend_pid()")) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private static boolean isAnsweredBy(Connection connection) {
    try (Statement statement = connection.createStatement()) {
      return statement.execute("SELECT 1");
    } catch (SQLException e) {
      return false;
    }
  }

  private static Connection connect(EmbeddedPostgres postgres) throws SQLException {
    return DriverManager.getConnection(
        postgres.url(), EmbeddedPostgres.OWNER, passwords.of(EmbeddedPostgres.OWNER));
  }
}
