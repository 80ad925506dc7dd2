package commondata.database;

import java.sql.BatchUpdateException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.ArgumentPreparedStatementSetter;
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
  private final List<@Nullable Object[]> waiting = new ArrayList<>();
  private String sql = "";
  private long length;

  Writes(DataSource dataSource) {
    this.jdbc = new JdbcTemplate(dataSource);
  }

  void add(String statement, @Nullable Object... values) {
    if (!statement.equals(sql)) {
      send();
      sql = statement;
    }
    waiting.add(values);
    for (Object value : values) {
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
    List<@Nullable Object[]> together = List.copyOf(waiting);
    forget();
    jdbc.execute(
        sql,
        (PreparedStatement statement) -> {
          for (@Nullable Object[] values : together) {
            new ArgumentPreparedStatementSetter(values).setValues(statement);
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

  /** Sends none of what waits: the transaction will be rolled back. */
  void forget() {
    waiting.clear();
    length = 0;
  }
}
