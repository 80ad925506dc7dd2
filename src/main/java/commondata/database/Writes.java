package commondata.database;

import java.sql.BatchUpdateException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Statements of one transaction whose results nobody waits for. Those that follow each other with
 * the same text wait on this side, and go to the server as one JDBC batch: before another statement
 * of the transaction, so that the server does all of them in the order of the calls.
 */
final class Writes {

  private static final int WAITING_MAX = 1_000;
  private static final long LENGTH_MAX = 8L << 20;

  private final JdbcTemplate jdbc;
  private final List<Write> waiting = new ArrayList<>();
  private long length;

  Writes(DataSource dataSource) {
    this.jdbc = new JdbcTemplate(dataSource);
  }

  void add(Write write) {
    if (!waiting.isEmpty() && !write.sql().equals(waiting.get(0).sql())) {
      send();
    }
    waiting.add(write);
    for (Object value : write.values()) {
      length += lengthOf(value);
    }
    if (waiting.size() >= WAITING_MAX || length >= LENGTH_MAX) {
      send();
    }
  }

  private static int lengthOf(@Nullable Object value) {
    if (value instanceof CharSequence text) {
      return text.length();
    }
    return value instanceof byte[] bytes ? bytes.length : 0;
  }

  /**
   * @throws org.springframework.dao.DataAccessException if the server refuses one
   */
  void send() {
    if (waiting.isEmpty()) {
      return;
    }
    List<Write> together = List.copyOf(waiting);
    forget();
    jdbc.execute(
        together.get(0).sql(),
        (PreparedStatement statement) -> {
          for (Write write : together) {
            write.set(statement);
            statement.addBatch();
          }
          return execute(statement);
        });
  }

  /** The server's own words: those of the driver repeat the values, which may be personal data. */
  private static int execute(PreparedStatement statement) throws SQLException {
    try {
      return statement.executeBatch().length;
    } catch (BatchUpdateException e) {
      SQLException cause = e.getNextException();
      throw cause == null ? e : cause;
    }
  }

  /** Sends what waits but a write that is alone: that is for the caller to send. */
  @Nullable Write sendAllButOne() {
    Write alone = waiting.size() == 1 ? waiting.get(0) : null;
    if (alone == null) {
      send();
    } else {
      forget();
    }
    return alone;
  }

  /** Sends what waits; a write that is alone, and the COMMIT with it, in one round trip. */
  void sendAndCommit() {
    Write alone = sendAllButOne();
    if (alone != null) {
      jdbc.execute(
          alone.sql() + Unsent.AND_COMMIT,
          (PreparedStatement statement) -> {
            alone.set(statement);
            return statement.execute();
          });
    }
  }

  /** Sends none of what waits: the transaction will be rolled back. */
  void forget() {
    waiting.clear();
    length = 0;
  }
}
