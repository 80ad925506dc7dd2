package commondata.schedule;

import commondata.database.Login;
import java.sql.Connection;
import java.sql.SQLException;
import org.quartz.utils.ConnectionProvider;

/** Gives Quartz the connections of its login; the pool is not Quartz's to open or close. */
final class LoginConnections implements ConnectionProvider {

  private final Login login;

  LoginConnections(Login login) {
    this.login = login;
  }

  @Override
  public Connection getConnection() throws SQLException {
    return login.dataSource().getConnection();
  }

  @Override
  public void shutdown() {
    // The pool belongs to commondata.database.
  }

  @Override
  public void initialize() {
    // Connections are made on demand.
  }
}
