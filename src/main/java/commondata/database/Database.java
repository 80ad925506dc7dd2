package commondata.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One PostgreSQL database, reached under many logins. A login's pool is made when it is first asked
 * for and opens connections only as they are needed. Thread-safe.
 */
public final class Database implements AutoCloseable {

  private static final int CONNECT_SECONDS = 10;
  private static final long IDLE_MS = 30_000;

  /** Longer than any handler may take: subscription.time_limit_ms is at most four minutes. */
  private static final int ANSWER_SECONDS = 300;

  /**
   * The pool takes "not supported" for a connection of no use and closes it; what the server says
   * so of, such as a COPY under row-level security, is one statement.
   */
  private static final SQLExceptionOverride KEPT_IF_REFUSED =
      new SQLExceptionOverride() {
        @java.lang.Override
        public SQLExceptionOverride.Override adjudicate(SQLException error) {
          return "0A000".equals(error.getSQLState())
              ? SQLExceptionOverride.Override.DO_NOT_EVICT
              : SQLExceptionOverride.Override.CONTINUE_EVICT;
        }
      };

  private final String url;
  private final Passwords passwords;
  private final int poolSize;
  private final Map<String, HikariDataSource> pools = new ConcurrentHashMap<>();
  private final Map<String, Login> logins = new ConcurrentHashMap<>();
  private final Map<String, Login> bulkLogins = new ConcurrentHashMap<>();
  private final List<Runnable> onPublished = new CopyOnWriteArrayList<>();

  /**
   * @param url such as {@code jdbc:postgresql://127.0.0.1:5432/commondata}
   * @param poolSize connections a login may hold at once
   */
  public Database(String url, Passwords passwords, int poolSize) {
    this.url = url;
    this.passwords = passwords;
    this.poolSize = poolSize;
  }

  public String url() {
    return url;
  }

  /**
   * The login of that name; the same one at each call. Does not connect yet. A server that does not
   * answer for five minutes counts as lost: else a network that drops packets silently would hold
   * its thread for ever.
   */
  public Login login(String name) {
    return logins.computeIfAbsent(name, n -> login(n, n, ANSWER_SECONDS));
  }

  /**
   * As {@link #login}, with connections of its own, for statements over whole tables and files: the
   * server may take as long as it needs to answer, if it is there ({@link KeptAlive}).
   */
  public Login bulkLogin(String name) {
    return bulkLogins.computeIfAbsent(name, n -> login(n, n + "-bulk", 0));
  }

  private Login login(String name, String pool, int answerSeconds) {
    return new Login(
        name,
        pools.computeIfAbsent(pool, p -> pool(name, p, answerSeconds)),
        poolSize,
        this::published);
  }

  /**
   * One connection of that login, apart from its pool, for the last words of a process: it fails
   * where the server takes longer than so many seconds for an answer.
   */
  public Connection connectInHaste(String login, int seconds) throws SQLException {
    return Connections.connectInHaste(url, login, passwords.of(login), seconds);
  }

  /** Connections that a login may hold at once. */
  public int poolSize() {
    return poolSize;
  }

  /**
   * Calls {@code listener} soon after a login of this object has committed a publication, on the
   * thread that did. A hint, and only for this process: others publish, too.
   */
  public void onPublished(Runnable listener) {
    onPublished.add(listener);
  }

  private void published() {
    onPublished.forEach(Runnable::run);
  }

  private HikariDataSource pool(String login, String name, int answerSeconds) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setJdbcUrl(url);
    config.setUsername(login);
    config.setPassword(passwords.of(login));
    config.setMaximumPoolSize(poolSize);
    config.setMinimumIdle(0);
    config.setIdleTimeout(IDLE_MS);
    config.setConnectionTimeout(CONNECT_SECONDS * 1000L);
    config.setInitializationFailTimeout(-1);
    config.setExceptionOverride(KEPT_IF_REFUSED);
    // As texts: the driver ignores a property that is a number or a boolean.
    config.addDataSourceProperty("ApplicationName", login);
    config.addDataSourceProperty("connectTimeout", Integer.toString(CONNECT_SECONDS));
    config.addDataSourceProperty("socketTimeout", Integer.toString(answerSeconds));
    config.addDataSourceProperty("tcpKeepAlive", "true");
    config.addDataSourceProperty("socketFactory", KeptAlive.class.getName());
    config.addDataSourceProperty("reWriteBatchedInserts", "true");
    // Details hold values of rows ("Failing row contains ..."), and messages go into logs.
    config.addDataSourceProperty("logServerErrorDetail", "false");
    return new HikariDataSource(config);
  }

  /** Closes every pool; logins handed out before are of no use afterwards. */
  @Override
  public void close() {
    pools.values().forEach(HikariDataSource::close);
  }
}
