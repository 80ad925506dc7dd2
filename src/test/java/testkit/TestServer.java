package testkit;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** The one PostgreSQL server of a test JVM: started when first asked for, stopped at exit. */
interface TestServer extends AutoCloseable {

  /** Address of one of its databases. */
  String url(String database);

  String superuser();

  String password();

  @Override
  void close();

  /** Whether a test may end this server: {@link #startAgain} starts it where it was. */
  default boolean canStartAgain() {
    return false;
  }

  /** Starts it again if a test has ended it. */
  default void startAgain() {
    throw new IllegalStateException("this server is not the tests' to start");
  }

  default Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(url(database), superuser(), password());
  }
}
