package musiccorp.chaos;

import commondata.database.Connections;
import commondata.database.Database;
import commondata.database.GeneratedPasswords;
import commondata.database.Migrator;
import commondata.database.Passwords;
import commondata.embedded.EmbeddedPostgres;
import commondata.home.Home;
import commondata.job.SqlScript;
import commondata.job.SqlStatement;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * What a run works on: a server of its own in a scratch home, a faulty network before it, three
 * nodes, and the program of the SQL services, each a process. The supervisor itself looks past the
 * network.
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

  private static final int POOL_SIZE = 6;

  private final Home home;
  private final Sabotage sabotage;
  private final Passwords passwords;
  private final ChaosServer server;
  private final FaultyProxy proxy;
  private final Database direct;
  private final List<NodeProcess> nodes = new ArrayList<>();
  private final Map<String, Long> hits = new ConcurrentSkipListMap<>();
  private @Nullable NodeProcess client;
  private final Thread atExit = new Thread(this::release, "chaos-end");
  private int started;
  private volatile boolean released;

  private Rig(
      Home home, Passwords passwords, ChaosServer server, FaultyProxy proxy, Sabotage sabotage) {
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
    EmbeddedPostgres embedded = EmbeddedPostgres.open(home, passwords, OptionalInt.empty());
    ChaosServer server = new ChaosServer(embedded, passwords);
    Migrator migrator =
        new Migrator(
            server.url(),
            EmbeddedPostgres.OWNER,
            passwords,
            Migrator.IN_JAR,
            "classpath:chaos/migration");
    migrator.migrate();
    install(SqlService.packed("sql-services/loyalty/install.sql"), server.url(), passwords);
    migrator.setPasswords();
    Rig rig = new Rig(home, passwords, server, FaultyProxy.before(server.port()), sabotage);
    server.execute(
        "ALTER DATABASE commondata SET idle_in_transaction_session_timeout = '%dms'"
            .formatted(LEASE_MS));
    for (String statement : sabotage.statements()) {
      server.execute(statement);
    }
    return rig;
  }

  private static void install(SqlScript script, String url, Passwords passwords)
      throws SQLException {
    try (Connection owner = Connections.open(url, EmbeddedPostgres.OWNER, passwords);
        Statement statement = owner.createStatement()) {
      for (SqlStatement each : script.statements()) {
        statement.execute(each.sql());
      }
    }
  }

  Home home() {
    return home;
  }

  ChaosServer server() {
    return server;
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
    NodeProcess node =
        start(
            "n%d-%d".formatted(place + 1, ++started),
            NodeMain.class,
            PLANS.get(place),
            deadly,
            Boolean.toString(sabotage.effectsApart()));
    if (place < nodes.size()) {
      nodes.set(place, node);
    } else {
      nodes.add(node);
    }
    return node;
  }

  /** Starts the program of the SQL services. */
  private synchronized NodeProcess startClient() throws IOException {
    NodeProcess process = start("sql-%d".formatted(++started), ClientMain.class, "");
    client = process;
    return process;
  }

  private NodeProcess start(String name, Class<?> program, String options, String... more)
      throws IOException {
    if (released) {
      throw new ChaosException("the run is over: nothing more is started");
    }
    List<String> arguments = new ArrayList<>(List.of(url() + options, home.path().toString()));
    arguments.addAll(List.of(more));
    return NodeProcess.start(name, program, home.logs(), arguments, hits);
  }

  /** Kills the program of the SQL services in the midst of a batch; false if it has none. */
  boolean killClientInBatch() throws IOException, SQLException, InterruptedException {
    NodeProcess killed = Objects.requireNonNull(client);
    if (!killed.isAlive() || !server.isInBatch(killed.name())) {
      return false;
    }
    killed.kill();
    startClient();
    return true;
  }

  int placeOf(NodeProcess node) {
    return nodes.indexOf(node);
  }

  /** Sees to it that every node, and the program of the SQL services, runs and is ready. */
  void allProcesses() throws IOException, InterruptedException {
    for (int place = 0; place < NODES; place++) {
      if (place >= nodes.size() || !nodes.get(place).isAlive()) {
        startNode(place, "");
      }
    }
    if (client == null || !client.isAlive()) {
      startClient();
    }
    for (NodeProcess node : nodes) {
      node.awaitReady();
    }
    Objects.requireNonNull(client).awaitReady();
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

  /** Ends processes, network and server; whoever comes second waits until that is done. */
  synchronized void release() {
    if (released) {
      return;
    }
    released = true;
    nodes.forEach(NodeProcess::end);
    if (client != null) {
      client.end();
    }
    direct.close();
    proxy.close();
    server.close();
  }
}
