package testkit;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One connection and one thread of an {@link Interleaving}: its steps run one after the other. */
public final class ScriptedSession implements AutoCloseable {

  private final String name;
  private final Connection connection;
  private final int pid;
  private final ExecutorService thread;
  private @Nullable Future<?> underWay;
  private @Nullable Object remembered;

  ScriptedSession(String name, Connection connection) throws SQLException {
    this.name = name;
    this.connection = connection;
    this.thread = Executors.newSingleThreadExecutor(work -> new Thread(work, "session-" + name));
    connection.setAutoCommit(false);
    this.pid = Integer.parseInt(ask("SELECT pg_backend_pid()").get(0));
    connection.rollback();
  }

  /** Runs a statement; returns the first column of its rows, as text. */
  public List<String> ask(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      List<String> first = new ArrayList<>();
      if (statement.execute()) {
        try (ResultSet rows = statement.getResultSet()) {
          while (rows.next()) {
            first.add(String.valueOf(rows.getString(1)));
          }
        }
      }
      return first;
    }
  }

  public void commit() throws SQLException {
    connection.commit();
  }

  public void rollback() throws SQLException {
    connection.rollback();
  }

  /** Keeps something for this session's later steps. */
  public void remember(@Nullable Object value) {
    remembered = value;
  }

  /** What was remembered last in this run, as a {@code type}; null if nothing was. */
  public <T> @Nullable T remembered(Class<T> type) {
    return type.cast(remembered);
  }

  String name() {
    return name;
  }

  int pid() {
    return pid;
  }

  void begin(Interleaving.Step step) {
    underWay =
        thread.submit(
            () -> {
              step.run(this);
              return null;
            });
  }

  /** Waits a little for the step under way; null if it is still at it. */
  @Nullable String ended(long millis) throws InterruptedException {
    Future<?> step = underWay;
    if (step == null) {
      return "";
    }
    try {
      step.get(millis, TimeUnit.MILLISECONDS);
      underWay = null;
      return "";
    } catch (TimeoutException e) {
      return null;
    } catch (ExecutionException e) {
      underWay = null;
      if (e.getCause() instanceof SQLException sql) {
        return String.valueOf(sql.getSQLState());
      }
      throw new AssertionError("a step of session " + name + " is itself wrong", e.getCause());
    }
  }

  boolean isUnderWay() {
    return underWay != null;
  }

  /** For the next run: whatever is open is rolled back. */
  void begin() throws SQLException {
    connection.rollback();
    remembered = null;
  }

  @Override
  public void close() throws SQLException {
    thread.shutdownNow();
    connection.close();
  }
}
