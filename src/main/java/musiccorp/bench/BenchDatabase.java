package musiccorp.bench;

import commondata.database.Database;
import commondata.database.Migrator;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import musiccorp.cli.Session;

/**
 * A database of the bench's own beside the user's, on the same server: made, migrated, used and
 * dropped, so that a measurement neither sees nor leaves any data.
 */
final class BenchDatabase implements AutoCloseable {

  private static final String NAME = "commondata_bench";
  private static final int POOL_SIZE = 12;

  private final Session session;
  private final Database database;
  private final Database other;

  private BenchDatabase(Session session, String url) {
    this.session = session;
    this.database = new Database(url, session.passwords(), POOL_SIZE);
    this.other = new Database(url, session.passwords(), POOL_SIZE);
  }

  /** Makes the database on the session's server; its owner needs CREATEDB. */
  static BenchDatabase make(Session session) throws SQLException {
    execute(session, "DROP DATABASE IF EXISTS " + NAME);
    execute(session, "CREATE DATABASE " + NAME);
    String url = session.url().replaceFirst("/[^/?]*(\\?|$)", "/" + NAME + "$1");
    new Migrator(
            url, session.owner(), session.passwords(), Migrator.IN_JAR, "classpath:bench/migration")
        .migrate();
    return new BenchDatabase(session, url);
  }

  Database database() {
    return database;
  }

  /** The same database, as another process would have it. */
  Database other() {
    return other;
  }

  @Override
  public void close() throws SQLException {
    database.close();
    other.close();
    execute(session, "DROP DATABASE IF EXISTS " + NAME);
  }

  private static void execute(Session session, String sql) throws SQLException {
    String owner = session.owner();
    try (Connection connection =
            DriverManager.getConnection(session.url(), owner, session.passwords().of(owner));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
