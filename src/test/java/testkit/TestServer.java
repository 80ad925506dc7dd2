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

  default Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(url(database), superuser(), password());
  }
}
