package peers;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import commondata.database.GeneratedPasswords;
import commondata.database.Passwords;
import java.nio.file.Path;

/**
 * A database that one contestant has for itself.
 *
 * @param login owner of everything in it
 * @param secrets where the passwords lie
 */
record Place(String url, String login, Path secrets) {

  /** More than any contestant has threads at work. */
  private static final int POOL_SIZE = 40;

  Passwords passwords() {
    return new GeneratedPasswords(secrets);
  }

  HikariDataSource pool() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setUsername(login);
    config.setPassword(passwords().of(login));
    config.setMaximumPoolSize(POOL_SIZE);
    config.addDataSourceProperty("reWriteBatchedInserts", true);
    return new HikariDataSource(config);
  }
}
