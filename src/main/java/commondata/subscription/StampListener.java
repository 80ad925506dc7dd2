package commondata.subscription;

import commondata.database.Login;
import commondata.schedule.Pace;
import commondata.schedule.Poll;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.springframework.dao.DataAccessResourceFailureException;

/**
 * Hears that another node has stamped, on a connection of its own, and tells the {@link Lookout}.
 * One poll waits for a while; a connection that breaks is opened again by a later poll, which tells
 * it once, for what was missed. Nothing depends on it: without it, the lookout rests to the end.
 */
final class StampListener implements Poll {

  private static final int WAIT_MS = 500;
  private static final int WAITS_BETWEEN_CHECKS = 20;
  private static final int CHECK_SECONDS = 2;

  private final Login login;
  private final String self;
  private final Runnable tell;
  private final Pace pace = Pace.between(Duration.ofMillis(1), Duration.ofMillis(1));
  private @Nullable Connection connection;
  private int quiet;

  /**
   * @param self sender whose notifications are no news: this process
   */
  StampListener(Login login, String self, Runnable tell) {
    this.login = login;
    this.self = self;
    this.tell = tell;
  }

  @Override
  public String name() {
    return "stamp-listener";
  }

  @Override
  public Optional<Pace> pace() {
    return Optional.of(pace);
  }

  @Override
  public boolean pollOnce() {
    try {
      Connection open = connection == null ? listen() : connection;
      PGNotification[] heard = open.unwrap(PGConnection.class).getNotifications(WAIT_MS);
      if (heard == null || heard.length == 0) {
        check(open);
        return false;
      }
      quiet = 0;
      for (PGNotification notification : heard) {
        if (!notification.getParameter().equals(self)) {
          tell.run();
        }
      }
      return true;
    } catch (SQLException e) {
      close();
      throw new DataAccessResourceFailureException(
          "other nodes are not heard for now: " + e.getMessage(), e);
    }
  }

  private Connection listen() throws SQLException {
    Connection opened = login.dataSource().getConnection();
    connection = opened;
    try (Statement statement = opened.createStatement()) {
      statement.execute("LISTEN " + Sequencer.CHANNEL);
    }
    tell.run();
    return opened;
  }

  /** A connection whose other end is gone may be silent for hours. */
  private void check(Connection open) throws SQLException {
    quiet++;
    if (quiet % WAITS_BETWEEN_CHECKS == 0 && !open.isValid(CHECK_SECONDS)) {
      throw new SQLException("the connection is dead");
    }
  }

  private void close() {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        // It is of no use any more, whether it closes or not.
      }
      connection = null;
    }
  }
}
