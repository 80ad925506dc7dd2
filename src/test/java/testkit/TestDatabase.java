package testkit;

import commondata.database.Database;
import commondata.database.Login;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * A database of one test class, migrated, thrown away after it:
 *
 * <pre>{@code
 * @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();
 * }</pre>
 *
 * <p>All test classes of a JVM share one server; each has a copy of one migrated template. Which
 * server, {@code -Dtest.database} says: {@code embedded} (the default), {@code containers}
 * (Testcontainers), or the address of a server that may be used up: {@code
 * -Dtest.database.url=jdbc:postgresql://host:port/postgres?user=postgres&password=...}.
 */
public final class TestDatabase implements BeforeAllCallback, AfterAllCallback {

  /** Event type that every test database knows, beside MusicCorp's. */
  public static final String TYPE = "log.tested";

  private static final int POOL_SIZE = 8;

  private final boolean migrated;
  private @Nullable String name;
  private @Nullable Database database;

  private TestDatabase(boolean migrated) {
    this.migrated = migrated;
  }

  /** A migrated database without any business data. */
  public static TestDatabase fresh() {
    return new TestDatabase(true);
  }

  /** A database with nothing in it, for tests of the migrations themselves. */
  public static TestDatabase empty() {
    return new TestDatabase(false);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    open();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    close();
  }

  /** For a use outside JUnit; a test class has it called by the extension. */
  public void open() {
    name = migrated ? TestServers.copyOfTemplate() : TestServers.emptyDatabase();
    database =
        new Database(TestServers.server().url(name), login -> TestServers.PASSWORD, POOL_SIZE);
  }

  public void close() {
    database().close();
    TestServers.drop(name());
    database = null;
  }

  /** The database with all its logins. */
  public Database database() {
    if (database == null) {
      throw new IllegalStateException("the database is not open: is the field @RegisterExtension?");
    }
    return database;
  }

  public Login login(String login) {
    return database().login(login);
  }

  public String url() {
    return database().url();
  }

  public String name() {
    database();
    return Objects.requireNonNull(name);
  }

  /** Name and password of the login that owns everything: migrations run as it. */
  public String owner() {
    return TestServers.OWNER;
  }

  /** The password of every login, the owner's too. */
  public String password() {
    return TestServers.PASSWORD;
  }

  /** Lets an event type of the test's own be published, in version 1, with any payload. */
  public void register(String type) {
    superuser()
        .sql("SELECT commondata.register_type(:type)")
        .param("type", type)
        .query()
        .singleValue();
  }

  /** Whether a test may end the whole server, if it starts it again. */
  public static boolean canStartServerAgain() {
    return TestServers.server().canStartAgain();
  }

  /** Starts the server again, on the same port, if a test has ended it. */
  public static void startServerAgain() {
    TestServers.server().startAgain();
  }

  /** Reads and writes past roles and row-level security, each statement in its own connection. */
  public JdbcClient superuser() {
    return JdbcClient.create(superuserDataSource());
  }

  /** As {@link #superuser}, for a test that needs a transaction. */
  public DataSource superuserDataSource() {
    TestServer server = TestServers.server();
    return new DriverManagerDataSource(server.url(name()), server.superuser(), server.password());
  }

  /** As {@link #superuser}, in one connection that the caller closes: for many statements. */
  public SingleConnectionDataSource superuserConnection() {
    TestServer server = TestServers.server();
    return new SingleConnectionDataSource(
        server.url(name()), server.superuser(), server.password(), true);
  }
}
