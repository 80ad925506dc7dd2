package musiccorp.cli;

import commondata.database.Connections;
import commondata.database.Database;
import commondata.database.ExternalPasswords;
import commondata.database.GeneratedPasswords;
import commondata.database.Migrator;
import commondata.database.Passwords;
import commondata.embedded.EmbeddedPostgres;
import commondata.embedded.ServerWatch;
import commondata.home.Home;
import commondata.home.SetupException;
import commondata.operate.Operate;
import java.nio.file.Path;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The database and the home that a command works with, without a Spring context. The embedded
 * server is found or started, and stopped at the end if nobody else uses it, also on Ctrl-C.
 */
public final class Session implements AutoCloseable {

  private static final int POOL_SIZE = 12;

  private final Home home;
  private final String url;
  private final String owner;
  private final Passwords passwords;
  private final Database database;
  private final @Nullable EmbeddedPostgres embedded;
  private final @Nullable Path jobs;
  private final Deque<Runnable> closedFirst = new ConcurrentLinkedDeque<>();
  private final Thread atExit = new Thread(this::release, "session-end");

  private Session(
      Home home,
      String url,
      String owner,
      Passwords passwords,
      @Nullable EmbeddedPostgres embedded,
      @Nullable Path jobs) {
    this.home = home;
    this.url = url;
    this.owner = owner;
    this.passwords = passwords;
    this.embedded = embedded;
    this.jobs = jobs;
    this.database = new Database(url, passwords, POOL_SIZE);
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /**
   * For a command on a database that is there, or that another process is just making.
   *
   * @param tell says that it waits for that
   * @throws SetupException if there is none, or the server can't be reached
   */
  public static Session open(CliOptions options, Consumer<String> tell) {
    Preparation preparation = new Preparation(options.home(), tell);
    if (options.db() == null) {
      preparation.awaitServer();
    }
    if (!hasDatabase(options)) {
      throw new SetupException(
          "There is no database in \"%s\" yet. Make one with ./commondata up%s, or name another --home."
              .formatted(options.home(), options.jobs() == null ? " or ./commondata demo" : ""));
    }
    Session session = connect(options);
    try {
      session.requireReader(preparation);
      return session;
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /**
   * Whether there is a database, or somebody makes one: one of the user's own is not looked for.
   */
  static boolean hasDatabase(CliOptions options) {
    return options.db() != null
        || EmbeddedPostgres.isMade(options.home())
        || EmbeddedPostgres.isBeingMade(options.home());
  }

  /**
   * As {@link #open}, but makes and migrates the database first.
   *
   * @throws SetupException if that fails
   */
  public static Session prepare(CliOptions options) {
    Session session = connect(options);
    try {
      session.migrator().migrate();
      return session;
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  private static Session connect(CliOptions options) {
    Home home = options.home();
    Path jobs = options.jobs();
    String db = options.db();
    if (db != null) {
      return new Session(
          home, db, options.owner(), new ExternalPasswords(System.getenv()), null, jobs);
    }
    Passwords passwords = new GeneratedPasswords(home.secrets());
    EmbeddedPostgres postgres = EmbeddedPostgres.open(home, passwords, options.pgPort());
    return new Session(home, postgres.url(), EmbeddedPostgres.OWNER, passwords, postgres, jobs);
  }

  /** A pool would try for ten seconds before it says that the password is wrong. */
  private void requireReader(Preparation preparation) {
    Optional<SetupException> refusal = Connections.refusal(url, Operate.READER, passwords);
    if (refusal.isEmpty()) {
      return;
    }
    Migrator migrator = ownMigrations();
    if (embedded == null && !migrator.isUnderWay()) {
      throw refusal.get();
    }
    preparation.awaitLogins(
        () -> Connections.refusal(url, Operate.READER, passwords), migrator::isUnderWay);
  }

  public Home home() {
    return home;
  }

  public String url() {
    return url;
  }

  /** Login that owns the database. */
  public String owner() {
    return owner;
  }

  /** Closes {@code first} before the connections, also when the process is told to end. */
  public void closeFirst(Runnable first) {
    closedFirst.addFirst(first);
  }

  /** Starts the embedded server again whenever it dies, until the session ends. */
  public void watchServer() {
    if (embedded != null) {
      closeFirst(ServerWatch.over(embedded)::close);
    }
  }

  public Passwords passwords() {
    return passwords;
  }

  public Database database() {
    return database;
  }

  /** The facade that commands look and act through. */
  public Operate operate() {
    return new Operate(database.bulkLogin(Operate.READER), () -> database.login(Operate.OPERATOR));
  }

  /** The embedded server, or null if the user brought one. */
  public @Nullable EmbeddedPostgres embedded() {
    return embedded;
  }

  public Migrator migrator() {
    return jobs == null ? ownMigrations() : ownMigrations().withJobs(jobs);
  }

  private Migrator ownMigrations() {
    return new Migrator(url, owner, passwords, Migrator.IN_JAR);
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

  private void release() {
    closedFirst.forEach(Runnable::run);
    database.close();
    if (embedded != null) {
      embedded.close();
    }
  }
}
