package musiccorp.chaos;

import commondata.database.Connections;
import commondata.database.Passwords;
import commondata.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The server of a run, as its supervisor sees it: past network and roles; and how it is harmed. */
final class ChaosServer implements AutoCloseable {

  private static final String SUPERUSER = "postgres";
  private static final long BACK_SECONDS = 60;

  private final EmbeddedPostgres server;
  private final Passwords passwords;
  private volatile boolean released;

  ChaosServer(EmbeddedPostgres server, Passwords passwords) {
    this.server = server;
    this.passwords = passwords;
  }

  String url() {
    return server.url();
  }

  int port() {
    return server.port();
  }

  /** Kills the server with all its sessions at once; it must recover. */
  boolean kill() throws IOException, SQLException, InterruptedException {
    ProcessHandle main = mainProcess();
    // Stopped, it starts no session that the list would lack.
    NodeProcess.signal(main.pid(), "STOP");
    List<ProcessHandle> sessions = main.descendants().toList();
    main.destroyForcibly();
    sessions.forEach(ProcessHandle::destroyForcibly);
    boolean died = server.ensureRunning();
    awaitBack();
    return died;
  }

  /** Kills one session; the server then ends all others and recovers. */
  boolean killSession(int which) throws SQLException {
    List<Long> sessions = sessions();
    if (sessions.isEmpty()) {
      return false;
    }
    long session = sessions.get(Math.floorMod(which, sessions.size()));
    boolean killed = ProcessHandle.of(session).map(ProcessHandle::destroyForcibly).orElse(false);
    awaitBack();
    return killed;
  }

  /** Ends every session, as an administrator may; returns how many. */
  long endSessions() throws SQLException {
    return number(
        """
        SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid))
        FROM pg_stat_activity AS a
        WHERE a.datname = 'commondata'
          AND a.pid <> pg_backend_pid()
        """);
  }

  /** Whether a session of that program is in the midst of a batch. */
  boolean isInBatch(String program) throws SQLException {
    return number(
            """
            SELECT count(*)
            FROM pg_stat_activity AS a
            WHERE a.application_name = '%s'
              AND a.state = 'active'
              AND a.query LIKE '%%take_batch%%'
            """
                .formatted(program))
        > 0;
  }

  private List<Long> sessions() throws SQLException {
    List<Long> sessions = new ArrayList<>();
    try (Connection connection = superuser();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT a.pid
                FROM pg_stat_activity AS a
                WHERE a.datname = 'commondata'
                  AND a.pid <> pg_backend_pid()
                ORDER BY a.pid
                """)) {
      while (rows.next()) {
        sessions.add(rows.getLong(1));
      }
    }
    return sessions;
  }

  /** The parent of a session that is there as long as one looks. */
  private ProcessHandle mainProcess() throws SQLException {
    try (Connection connection = superuser();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
      row.next();
      return ProcessHandle.of(row.getLong(1))
          .flatMap(ProcessHandle::parent)
          .orElseThrow(() -> new ChaosException("the server's main process is not to be found"));
    }
  }

  long number(String sql) throws SQLException {
    try (Connection connection = superuser();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  /** Rows of a query past all roles, each as one line. */
  List<String> lines(String sql) throws SQLException {
    List<String> lines = new ArrayList<>();
    try (Connection connection = superuser();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        lines.add(String.valueOf(rows.getString(1)));
      }
    }
    return lines;
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = superuser();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private Connection superuser() {
    return Connections.open(server.url(), SUPERUSER, passwords);
  }

  private void awaitBack() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(BACK_SECONDS);
    while (true) {
      try {
        execute("SELECT 1");
        return;
      } catch (SQLException | RuntimeException e) {
        if (released || System.nanoTime() > end) {
          throw new ChaosException("the server did not come back", e);
        }
        LockSupport.parkNanos(50_000_000);
      }
    }
  }

  @Override
  public void close() {
    released = true;
    server.close();
  }
}
