package commondata.embedded;

import commondata.home.Home;
import commondata.home.SetupException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts, finds and stops the server of one data directory. Called with the start lock held. */
final class Server {

  private static final Logger LOG = LoggerFactory.getLogger(Server.class);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Long enough for a checkpoint of all buffers of this small server. */
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

  private static final long LOG_BYTES_MAX = 10 << 20;
  private static final int SSL_REQUEST = 80877103;

  private final Home home;
  private final Path data;
  private final Path log;

  Server(Home home) {
    this.home = home;
    this.data = Cluster.dataDirectory(home);
    this.log = home.logs().resolve("postgres.log");
  }

  /** The port of the server if it runs; waits while it starts or stops. */
  Optional<Integer> runningPort() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      Optional<PostmasterFile> file = PostmasterFile.read(data);
      if (file.isEmpty() || !file.get().isAlive() || !file.get().isPostgres()) {
        return Optional.empty();
      }
      if (file.get().status().equals("ready") && answers(file.get().port())) {
        return Optional.of(file.get().port());
      }
      Thread.sleep(20);
    }
    throw new SetupException(
        "The server of \"%s\" is there, but is not ready after %d seconds. See \"%s\"."
            .formatted(data, PATIENCE.toSeconds(), log));
  }

  /** Whether a PostgreSQL server listens there: it answers the request for TLS with one letter. */
  private static boolean answers(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      socket.setSoTimeout(2000);
      socket.getOutputStream().write(ByteBuffer.allocate(8).putInt(8).putInt(SSL_REQUEST).array());
      int answer = socket.getInputStream().read();
      return answer == 'N' || answer == 'S';
    } catch (IOException e) {
      return false;
    }
  }

  /** Starts the server; what a kill has left behind is no hindrance. */
  Start start(Commands commands, int port) throws IOException, InterruptedException {
    Optional<PostmasterFile> left = PostmasterFile.read(data);
    if (left.isPresent() && !(left.get().isAlive() && left.get().isPostgres())) {
      PostmasterFile.disown(data);
    }
    turnLog();
    long logged = Files.exists(log) ? Files.size(log) : 0;
    Commands.Outcome outcome =
        commands.run(
            home.logs().resolve("pg_ctl.log"),
            "pg_ctl",
            "start",
            "--wait",
            "--timeout=" + PATIENCE.toSeconds(),
            "--pgdata=" + data,
            "--log=" + log,
            "--options=-p " + port);
    return outcome.isGood() ? Start.DONE : failure(since(logged), outcome.output());
  }

  /**
   * @param said what the server logged
   * @param told what pg_ctl printed, for when the server did not get as far as its log
   */
  private Start failure(String said, String told) {
    if (said.contains("Address already in use")) {
      return Start.PORT_TAKEN;
    }
    if (said.contains("pre-existing shared memory block")) {
      return Start.STILL_ENDING;
    }
    if (said.contains("No space left on device")) {
      throw new SetupException(
          "No space left for the database in \"%s\". Free some and start again; nothing is lost."
              .formatted(home));
    }
    String reason =
        said.lines()
            .filter(line -> line.contains("FATAL:") || line.contains("PANIC:"))
            .reduce((first, second) -> second)
            .map(line -> line.replaceFirst(".*(FATAL|PANIC):\\s*", ""))
            .orElse(told.replace('\n', ' '));
    throw new SetupException(
        "The database server of \"%s\" did not start: %s. See \"%s\"."
            .formatted(data, reason, log));
  }

  private void turnLog() throws IOException {
    if (Files.exists(log) && Files.size(log) > LOG_BYTES_MAX) {
      Files.move(log, log.resolveSibling("postgres.log.1"), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private String since(long offset) throws IOException {
    byte[] all = Files.exists(log) ? Files.readAllBytes(log) : new byte[0];
    int from = (int) Math.min(offset, all.length);
    return new String(all, from, all.length - from, StandardCharsets.UTF_8);
  }

  /**
   * Ends sessions at once, rolls their work back, writes what is committed, and stops. A server
   * that is told so while it recovers from a crash never comes to that (PostgreSQL 18); it is
   * stopped as if the power failed, which costs nothing but another recovery at the next start.
   *
   * @throws SetupException if it is still there after both
   */
  void stop(Commands commands) throws IOException, InterruptedException {
    if (stops(commands, "fast", STOP_PATIENCE)) {
      return;
    }
    LOG.warn(
        "the database server of \"{}\" did not stop in {} s and is stopped at once: the next start recovers what is committed",
        data,
        STOP_PATIENCE.toSeconds());
    if (!stops(commands, "immediate", PATIENCE)) {
      throw new SetupException(
          "The database server of \"%s\" did not stop in %d seconds. See \"%s\"; its pid is the first line of \"%s\"."
              .formatted(data, PATIENCE.toSeconds(), log, data.resolve("postmaster.pid")));
    }
  }

  private boolean stops(Commands commands, String mode, Duration patience)
      throws IOException, InterruptedException {
    return commands
            .run(
                home.logs().resolve("pg_ctl.log"),
                "pg_ctl",
                "stop",
                "--wait",
                "--mode=" + mode,
                "--timeout=" + patience.toSeconds(),
                "--pgdata=" + data)
            .isGood()
        || PostmasterFile.read(data).filter(PostmasterFile::isAlive).isEmpty();
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  enum Start {
    DONE,
    PORT_TAKEN,
    /** Sessions of a postmaster that was killed have not noticed yet. */
    STILL_ENDING
  }
}
