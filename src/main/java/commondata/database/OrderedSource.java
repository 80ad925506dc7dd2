package commondata.database;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * Connections whose transaction sends what it has still to write before it makes another statement,
 * and all that it has still to send before it makes a savepoint, and at once from then on: so going
 * back to the savepoint takes back what was published behind it, and nothing else. A savepoint made
 * by an SQL text is not noticed, nor is a statement that was made before and is used again.
 */
final class OrderedSource extends DelegatingDataSource {

  OrderedSource(DataSource connections) {
    super(connections);
  }

  @Override
  public Connection getConnection() throws SQLException {
    Connection connection = super.getConnection();
    return (Connection)
        Proxy.newProxyInstance(
            OrderedSource.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> call(connection, proxy, method, arguments));
  }

  private Object call(Connection connection, Object proxy, Method method, Object[] arguments)
      throws Throwable {
    switch (method.getName()) {
      case "equals" -> {
        return proxy == arguments[0];
      }
      case "hashCode" -> {
        return System.identityHashCode(proxy);
      }
      case "setSavepoint" -> Commits.sendFromNowOn(this, proxy);
      case "prepareStatement", "prepareCall", "createStatement", "unwrap" ->
          Commits.sendWrites(this, proxy);
      default -> {}
    }
    try {
      return method.invoke(connection, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
