package commondata.embedded;

import commondata.database.Passwords;
import commondata.home.Home;
import commondata.home.SetupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The server of a home, shared by all processes that work there.
 *
 * <p>{@link #open} joins the running server or starts it; {@link #close} stops it if nobody else
 * uses it. A process that is killed leaves it running: the next one finds it. A server that is
 * killed recovers at the next {@code open} or {@link #ensureRunning}, as soon as the last of its
 * sessions has gone ({@link Leftovers}). It listens on the loopback interface only, and writes to
 * disk before it says that something is committed.
 */
public final class EmbeddedPostgres implements AutoCloseable {

  /** Login that owns the database and runs migrations; no superuser. */
  public static final String OWNER = "commondata_owner";

  /** Name of the database. */
  public static final String DATABASE = "commondata";

  private static final int PORT_ATTEMPTS = 50;

  private final Home home;
  private final Server server;
  private final Passwords passwords;
  private int port;
  private boolean open;

  private EmbeddedPostgres(Home home, Passwords passwords) {
    this.home = home;
    this.server = new Server(home);
    this.passwords = passwords;
  }

  /**
   * Joins the server of {@code home}, or starts it; the first time that takes some seconds.
   *
   * @param passwords of {@code postgres} and of {@link #OWNER}
   * @param port to listen on; if empty, a free one is chosen and remembered
   * @throws SetupException if that fails; the message says what to do
   */
  public static EmbeddedPostgres open(Home home, Passwords passwords, OptionalInt port) {
    EmbeddedPostgres postgres = new EmbeddedPostgres(home.create(), passwords);
    postgres.underLock(() -> postgres.join(port));
    return postgres;
  }

  /** Whether a home has a server with a database, running or not. */
  public static boolean isMade(Home home) {
    return Bootstrap.isDone(home);
  }

  /** Whether a home gets its server and database just now, from whatever process. */
  public static boolean isBeingMade(Home home) {
    try {
      return !isMade(home) && StartLock.isTaken(lockFile(home));
    } catch (IOException e) {
      throw unusable(home, e);
    }
  }

  public int port() {
    return port;
  }

  public String url() {
    return url(DATABASE);
  }

  private String url(String database) {
    return "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, database);
  }

  /** Starts the server again, on the same port, if it has died; returns whether it had. */
  public boolean ensureRunning() {
    boolean[] died = new boolean[1];
    underLock(
        () -> {
          died[0] = open && server.runningPort().isEmpty();
          if (died[0]) {
            start(OptionalInt.of(port));
          }
        });
    return died[0];
  }

  /** Stops the server if nobody else, in this process or another, uses it. */
  @Override
  public void close() {
    underLock(
        () -> {
          if (open && Users.leave(usersFile()) && server.runningPort().isPresent()) {
            server.stop(commands());
          }
          open = false;
        });
  }

  private void join(OptionalInt wanted) throws IOException, InterruptedException {
    Users.join(usersFile());
    open = true;
    try {
      Optional<Integer> running = server.runningPort();
      if (running.isEmpty()) {
        start(wanted);
      } else {
        port = running.get();
        requireSamePort(wanted);
      }
      new Bootstrap(home, passwords).run(url(Cluster.SUPERUSER));
    } catch (IOException | InterruptedException | RuntimeException e) {
      Users.leave(usersFile());
      open = false;
      throw e;
    }
  }

  private void requireSamePort(OptionalInt wanted) {
    if (wanted.isPresent() && wanted.getAsInt() != port) {
      throw new SetupException(
          "The server of \"%s\" already runs on port %d, not %d. Leave --pg-port out, or stop what uses that server first."
              .formatted(home, port, wanted.getAsInt()));
    }
  }

  private void start(OptionalInt wanted) throws IOException, InterruptedException {
    Cluster.requireSpace(home);
    Commands commands = commands();
    if (Cluster.exists(home)) {
      Cluster.requireVersion(home, Binaries.MAJOR_VERSION);
    } else {
      Cluster.make(home, commands, passwords.of(Cluster.SUPERUSER));
    }
    Leftovers leftovers = new Leftovers(home);
    port = wanted.isPresent() ? wanted.getAsInt() : rememberedPort();
    for (int taken = 0; taken < PORT_ATTEMPTS; ) {
      switch (server.start(commands, port)) {
        case DONE -> {
          remember(wanted);
          return;
        }
        case PORT_TAKEN -> {
          requireChoice(wanted);
          port = Server.freePort();
          taken++;
        }
        case STILL_ENDING -> leftovers.await();
      }
    }
    throw new SetupException(
        "The database server of \"%s\" found %d ports taken by other programs. Say one that is free with --pg-port."
            .formatted(home, PORT_ATTEMPTS));
  }

  private void requireChoice(OptionalInt wanted) {
    if (wanted.isPresent()) {
      throw new SetupException(
          "Port %d is taken by another program. Choose another --pg-port, leave it out so that a free one is chosen, or stop that program."
              .formatted(wanted.getAsInt()));
    }
  }

  private int rememberedPort() throws IOException {
    Path file = portFile();
    return Files.exists(file)
        ? Integer.parseInt(Files.readString(file).strip())
        : Server.freePort();
  }

  private void remember(OptionalInt wanted) throws IOException {
    if (wanted.isEmpty()) {
      Files.writeString(portFile(), port + "\n");
    }
  }

  private Commands commands() throws IOException, InterruptedException {
    return new Commands(Binaries.unpacked(home.postgres()), home.postgres(), home.logs());
  }

  private Path portFile() {
    return home.postgres().resolve("port");
  }

  private Path usersFile() {
    return home.postgres().resolve("users.lock");
  }

  private static Path lockFile(Home home) {
    return home.postgres().resolve("start.lock");
  }

  private static SetupException unusable(Home home, IOException e) {
    return new SetupException(
        "The embedded database in \"%s\" can't be used: %s. Look at that directory's permissions and free space, or choose another --home."
            .formatted(home, e.getMessage()),
        e);
  }

  @SuppressWarnings("try")
  private void underLock(Work work) {
    try (StartLock lock = StartLock.take(lockFile(home))) {
      work.run();
    } catch (IOException e) {
      throw unusable(home, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SetupException("Interrupted while the database server started or stopped.", e);
    }
  }

  @FunctionalInterface
  private interface Work {
    void run() throws IOException, InterruptedException;
  }
}
