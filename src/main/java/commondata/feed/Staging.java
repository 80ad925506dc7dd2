package commondata.feed;

import commondata.database.Login;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.springframework.jdbc.datasource.DataSourceUtils;

/**
 * Streams rows into a staging table with COPY, in the open transaction. A connection does one thing
 * at a time: when rejects are to be written, the COPY is ended and another begun after them.
 *
 * <p>Table and columns come from the layout, whose names are checked against a pattern that leaves
 * no room for anything but a name.
 */
final class Staging implements RecordSink {

  private static final int CHUNK = 128 * 1024;

  private final Connection connection;
  private final String copy;
  private final Rejects rejects;
  private final CopyRow row = new CopyRow(2 * CHUNK);
  private @Nullable CopyIn open;

  Staging(Login login, Layout layout, Rejects rejects) {
    this.connection = DataSourceUtils.getConnection(login.dataSource());
    this.rejects = rejects;
    List<String> columns = layout.detail().names();
    this.copy =
        "COPY %s (file, line, %s) FROM STDIN"
            .formatted(Objects.requireNonNull(layout.staging()), String.join(", ", columns));
  }

  @Override
  public CopyRow row() {
    return row;
  }

  @Override
  public void rowDone() {
    if (row.size() >= CHUNK) {
      flush();
    }
  }

  @Override
  public void reject(long line, RecordErrors errors, String raw) {
    if (rejects.add(line, errors, raw)) {
      end();
      rejects.write();
    }
  }

  /** Sends what is left. */
  void finish() {
    end();
    rejects.write();
  }

  private void flush() {
    try {
      if (open == null) {
        open = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(copy);
      }
      open.writeToCopy(row.bytes(), 0, row.size());
      row.clear();
    } catch (SQLException e) {
      throw new FeedException("rows can't be copied with \"" + copy + "\": " + e.getMessage(), e);
    }
  }

  private void end() {
    if (row.size() > 0) {
      flush();
    }
    CopyIn ending = open;
    open = null;
    try {
      if (ending != null) {
        ending.endCopy();
      }
    } catch (SQLException e) {
      throw new FeedException("rows can't be copied with \"" + copy + "\": " + e.getMessage(), e);
    }
  }

  /** Ends a COPY that is under way after a failure, so that the connection can be rolled back. */
  void abandon() {
    CopyIn ending = open;
    open = null;
    try {
      if (ending != null && ending.isActive()) {
        ending.cancelCopy();
      }
    } catch (SQLException e) {
      // The server has ended it with the error that is on its way up already.
      ending = null;
    }
  }
}
