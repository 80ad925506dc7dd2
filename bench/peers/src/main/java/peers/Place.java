package peers;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import commondata.database.Passwords;

/**
 * A database that one contestant has for itself.
 *
 * @param login owner of everything in it
 */
record Place(String url, String login, Passwords passwords) {

  /** More than any contestant has threads at work. */
  private static final int POOL_SIZE = 40;

  HikariDataSource pool() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setUsername(login);
    config.setPassword(passwords.of(login));
    config.setMaximumPoolSize(POOL_SIZE);
    config.addDataSourceProperty("reWriteBatchedInserts", true);
    return new HikariDataSource(config);
  }
}
