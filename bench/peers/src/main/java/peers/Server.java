package peers;

import commondata.database.GeneratedPasswords;
import commondata.database.Passwords;
import commondata.embedded.EmbeddedPostgres;
import commondata.home.Home;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/** The one server of all contestants: the product's embedded PostgreSQL, with its defaults. */
final class Server implements AutoCloseable {

  static final String OWNER = EmbeddedPostgres.OWNER;
  private static final String SUPERUSER = "postgres";

  private final Path secrets;
  private final Passwords passwords;
  private final EmbeddedPostgres postgres;
  private final Connection admin;

  Server(Home home) throws SQLException {
    this.secrets = home.create().secrets();
    this.passwords = new GeneratedPasswords(secrets);
    this.postgres = EmbeddedPostgres.open(home, passwords, OptionalInt.empty());
    this.admin = connect(SUPERUSER, SUPERUSER);
  }

  Place place(String database, String login) {
    return new Place(url(database), login, secrets);
  }

  String url(String database) {
    return "jdbc:postgresql://127.0.0.1:%d/%s".formatted(postgres.port(), database);
  }

  private Connection connect(String database, String login) throws SQLException {
    return DriverManager.getConnection(url(database), login, passwords.of(login));
  }

  /** Makes an empty database, in the place of one that is there, and runs resources in it. */
  void make(String database, String... scripts) throws SQLException {
    drop(database);
    execute("CREATE DATABASE %s OWNER %s".formatted(database, OWNER));
    try (Connection connection = connect(database, OWNER);
        Statement statement = connection.createStatement()) {
      for (String script : scripts) {
        statement.execute(resource(script));
      }
    }
  }

  /** Makes a copy of a database, in the place of one that is there, without logging its pages. */
  void copy(String template, String database) throws SQLException {
    drop(database);
    execute(
        "CREATE DATABASE %s TEMPLATE %s OWNER %s STRATEGY file_copy"
            .formatted(database, template, OWNER));
  }

  void drop(String database) throws SQLException {
    execute("DROP DATABASE IF EXISTS %s WITH (FORCE)".formatted(database));
  }

  /** Looks at every page, as autovacuum does with a log that has grown. */
  void vacuum(String database) throws SQLException {
    try (Connection connection = connect(database, SUPERUSER);
        Statement statement = connection.createStatement()) {
      statement.execute("VACUUM (ANALYZE)");
    }
  }

  /** Writes everything to disk, so that nobody pays for what another left behind. */
  void settle() throws SQLException {
    execute("CHECKPOINT");
  }

  /** Lets so much be written between two checkpoints that none falls into what is measured. */
  void letTheLogGrow() throws SQLException {
    execute("ALTER SYSTEM SET max_wal_size = '32GB'");
    execute("SELECT pg_reload_conf()");
  }

  /** Bytes of write-ahead log written since the beginning. */
  long walBytes() throws SQLException {
    return number(
        """
        SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint
        """);
  }

  /** Transaction ids given since the beginning: transactions that wrote. */
  long writeTransactions() throws SQLException {
    return number(
        """
        SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint
        """);
  }

  /** What the figures depend on. */
  void describe(Report report) throws SQLException {
    report.setting("PostgreSQL", setting("server_version"));
    for (String name : List.of("fsync", "synchronous_commit", "shared_buffers")) {
      report.setting(name, setting(name));
    }
    report.setting("cores", Runtime.getRuntime().availableProcessors());
    report.setting("Java", System.getProperty("java.version"));
  }

  private String setting(String name) throws SQLException {
    try (Statement statement = admin.createStatement();
        ResultSet rows = statement.executeQuery("SHOW " + name)) {
      rows.next();
      return rows.getString(1);
    }
  }

  long count(String database, String table) throws SQLException {
    try (Connection connection = connect(database, OWNER);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) FROM " + table)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private long number(String sql) throws SQLException {
    try (Statement statement = admin.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = admin.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String resource(String name) {
    try (InputStream in = Server.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("resource \"%s\" can't be read".formatted(name), e);
    }
  }

  @Override
  public void close() throws SQLException {
    admin.close();
    postgres.close();
  }
}
