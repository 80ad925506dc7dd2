package musiccorp.chaos;

import commondata.database.Connections;
import commondata.database.Database;
import commondata.database.GeneratedPasswords;
import commondata.database.Migrator;
import commondata.database.Passwords;
import commondata.embedded.EmbeddedPostgres;
import commondata.home.Home;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What a run works on: a server of its own in a scratch home, a faulty network before it, and three
 * nodes, each a process. The supervisor itself looks past the network.
 */
final class Rig implements AutoCloseable {

  static final int NODES = 3;

  /** How long a node that stands still keeps what it has locked. */
  static final long LEASE_MS = 1_500;

  /** How each node's sessions join: no promise may hang on what the planner likes today. */
  private static final List<String> PLANS =
      List.of(
          "",
          "&options=-c%20enable_nestloop=off%20-c%20enable_mergejoin=off",
          "&options=-c%20enable_nestloop=off%20-c%20enable_hashjoin=off");

  private static final String SUPERUSER = "postgres";
  private static final long SERVER_SECONDS = 60;
  private static final int POOL_SIZE = 6;

  private final Home home;
  private final Sabotage sabotage;
  private final Passwords passwords;
  private final EmbeddedPostgres server;
  private final FaultyProxy proxy;
  private final Database direct;
  private final List<NodeProcess> nodes = new ArrayList<>();
  private final Map<String, Long> hits = new ConcurrentSkipListMap<>();
  private final Thread atExit = new Thread(this::release, "chaos-end");
  private int started;
  private volatile boolean released;

  private Rig(
      Home home,
      Passwords passwords,
      EmbeddedPostgres server,
      FaultyProxy proxy,
      Sabotage sabotage) {
    this.home = home;
    this.sabotage = sabotage;
    this.passwords = passwords;
    this.server = server;
    this.proxy = proxy;
    this.direct = new Database(server.url(), passwords, POOL_SIZE);
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** Makes server and tables; no node runs yet. */
  static Rig make(Home home, Sabotage sabotage) throws IOException, SQLException {
    Passwords passwords = new GeneratedPasswords(home.create().secrets());
    EmbeddedPostgres server = EmbeddedPostgres.open(home, passwords, OptionalInt.empty());
    new Migrator(
            server.url(),
            EmbeddedPostgres.OWNER,
            passwords,
            Migrator.IN_JAR,
            "classpath:chaos/migration")
        .migrate();
    Rig rig = new Rig(home, passwords, server, FaultyProxy.before(server.port()), sabotage);
    rig.execute(
        "ALTER DATABASE commondata SET idle_in_transaction_session_timeout = '%dms'"
            .formatted(LEASE_MS));
    for (String statement : sabotage.statements()) {
      rig.execute(statement);
    }
    return rig;
  }

  Home home() {
    return home;
  }

  FaultyProxy proxy() {
    return proxy;
  }

  /** The database as the supervisor sees it. */
  Database direct() {
    return direct;
  }

  /** The database as clients see it, through the network. */
  Database throughNetwork() {
    return new Database(url(), passwords, POOL_SIZE);
  }

  /** A silent network is noticed after some seconds, not never. */
  private String url() {
    return "jdbc:postgresql://127.0.0.1:%d/%s?socketTimeout=3"
        .formatted(proxy.port(), EmbeddedPostgres.DATABASE);
  }

  /** How often each fault point was reached, in all nodes, by label. */
  Map<String, Long> hits() {
    return hits;
  }

  NodeProcess node(int which) {
    return nodes.get(Math.floorMod(which, nodes.size()));
  }

  /** Starts a node in that place, which is to halt at a point, or at none. */
  synchronized NodeProcess startNode(int place, String deadly) throws IOException {
    if (released) {
      throw new ChaosException("the run is over: no more nodes are started");
    }
    NodeProcess node =
        NodeProcess.start(
            "n%d-%d".formatted(place + 1, ++started),
            url() + PLANS.get(place),
            home.path(),
            deadly,
            sabotage.effectsApart(),
            hits);
    if (place < nodes.size()) {
      nodes.set(place, node);
    } else {
      nodes.add(node);
    }
    return node;
  }

  int placeOf(NodeProcess node) {
    return nodes.indexOf(node);
  }

  /** Sees to it that every node runs and is ready. */
  void allNodes() throws IOException, InterruptedException {
    for (int place = 0; place < NODES; place++) {
      if (place >= nodes.size() || !nodes.get(place).isAlive()) {
        startNode(place, "");
      }
    }
    for (NodeProcess node : nodes) {
      node.awaitReady();
    }
  }

  /** Kills the server with all its sessions at once; it must recover. */
  boolean killServer() throws IOException, SQLException, InterruptedException {
    ProcessHandle main = mainProcess();
    // Stopped, it starts no session that the list would lack.
    NodeProcess.signal(main.pid(), "STOP");
    List<ProcessHandle> sessions = main.descendants().toList();
    main.destroyForcibly();
    sessions.forEach(ProcessHandle::destroyForcibly);
    boolean died = server.ensureRunning();
    awaitServer();
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
    awaitServer();
    return killed;
  }

  /** Ends the sessions of all nodes, as an administrator may; returns how many. */
  long endSessions() throws SQLException {
    return number(
        """
        SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid))
        FROM pg_stat_activity AS a
        WHERE a.datname = 'commondata'
          AND a.pid <> pg_backend_pid()
        """);
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

  private void awaitServer() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SERVER_SECONDS);
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
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The machine is going down already: the hook does the rest.
      return;
    }
    release();
  }

  /** Ends nodes, network and server; whoever comes second waits until that is done. */
  synchronized void release() {
    if (released) {
      return;
    }
    released = true;
    nodes.forEach(NodeProcess::end);
    direct.close();
    proxy.close();
    server.close();
  }
}
