package commondata.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** What the session of an open transaction is good for, after something has failed in it. */
public enum SessionState {
  /** It goes on: what failed was something else, such as another server. */
  USABLE,
  /** The server refuses everything until the roll-back: one of its statements has failed. */
  FAILED,
  /** The server, or the network, has ended it. */
  LOST;

  static SessionState of(Connection connection) {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT 1");
      return USABLE;
    } catch (SQLException e) {
      return isOpen(connection) ? FAILED : LOST;
    }
  }

  private static boolean isOpen(Connection connection) {
    try {
      return !connection.isClosed();
    } catch (SQLException e) {
      // One that can't even say is of no use.
      return false;
    }
  }
}
