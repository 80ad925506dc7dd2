package testkit;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** The one PostgreSQL server of a test JVM: started when first asked for, stopped at exit. */
interface TestServer extends AutoCloseable {

  String host();

  int port();

  String superuser();

  String password();

  @Override
  void close();

  /** Address of one of its databases. */
  default String url(String database) {
    return "jdbc:postgresql://" + host() + ":" + port() + "/" + database;
  }

  default Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(url(database), superuser(), password());
  }
}
