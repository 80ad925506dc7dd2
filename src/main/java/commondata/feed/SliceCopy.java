package commondata.feed;

import commondata.database.SqlStates;
import commondata.job.Plural;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Copies rows of one slice into their table, in the open transaction. A row that the table itself
 * refuses (a key that is there already, a check that fails, a value its type can't hold) does not
 * cost the others: the server names the row; those before it are copied again, it becomes a reject,
 * and the rest follows, first one row, then two, four: where refused rows stand close together,
 * little is sent in vain. How many may be refused says the job's limit, as of all other records.
 *
 * <p>Table and columns come from the layout, whose names are checked against a pattern that leaves
 * no room for anything but a name, or the table from the server. Columns are quoted: one may be
 * called order or user.
 */
final class SliceCopy {

  private static final int BUFFER = 128 * 1024;

  /** Of many lines: what a function of the table says of itself comes first. */
  private static final Pattern ROW_NUMBER = Pattern.compile("(?m)^COPY [^,]+, \\D*(\\d+)");

  /** A value, a rule of the table, a trigger's RAISE, a key that is too long for its index. */
  private static final Pattern OF_A_ROW = Pattern.compile("2[23].*|P0001|54000");

  private static final String UNIQUE_VIOLATION = "23505";
  private static final String RAISED = "P0001";

  private final Connection connection;
  private final String copy;
  private final boolean refusesRows;
  private final Rejects rejects;
  private final RefusedSoFar refusedSoFar;
  private byte[] buffer = new byte[BUFFER];
  private int refused;

  private SliceCopy(
      Connection connection,
      String table,
      RecordType type,
      boolean refusesRows,
      Rejects rejects,
      RefusedSoFar refusedSoFar) {
    this.connection = connection;
    this.rejects = rejects;
    this.refusedSoFar = refusedSoFar;
    this.refusesRows = refusesRows;
    this.copy =
        "COPY %s (file, line, \"%s\") FROM STDIN"
            .formatted(table, String.join("\", \"", type.shape().names()));
  }

  /**
   * Copies the rows of each of the layout's types; returns how many the tables took.
   *
   * @param tables where each type goes, as {@link FileTables#open} says
   * @throws BrokenFileException if the file is lost with the rows that are refused
   */
  static long all(
      Connection connection,
      Layout layout,
      List<String> tables,
      List<SliceRows> rows,
      Rejects rejects,
      RefusedSoFar refusedSoFar) {
    long copied = 0;
    for (int type = 0; type < rows.size(); type++) {
      copied +=
          new SliceCopy(
                  connection,
                  tables.get(type),
                  layout.types().get(type),
                  layout.appends(),
                  rejects,
                  refusedSoFar)
              .copy(rows.get(type));
    }
    return copied;
  }

  /** Copies all rows; returns how many the table took. */
  long copy(SliceRows rows) {
    refused = 0;
    int[] order = rows.order();
    copy(rows, order, 0, order.length);
    return (long) order.length - refused;
  }

  /** The server may name a later row first: it looks at keys some rows later than at values. */
  private void copy(SliceRows rows, int[] order, int begin, int end) {
    int from = begin;
    int step = end - begin;
    while (from < end) {
      int to = from + Math.min(step, end - from);
      Refusal refusal = send(rows, order, from, to);
      if (refusal == null) {
        from = to;
        step = (int) Math.min(step * 2L, end - begin);
        continue;
      }
      copy(rows, order, from, refusal.index());
      refuse(rows.line(order[refusal.index()]), refusal);
      from = refusal.index() + 1;
      step = 1;
    }
  }

  private void refuse(long line, Refusal refusal) {
    refused++;
    rejects.add(new FileError(line, refusal.code(), refusal.message()));
    refusedSoFar.add(1);
    if (refusedSoFar.isTooMany()) {
      rejects.write();
      throw new BrokenFileException(
          line,
          Code.LIMIT,
          refusedSoFar.error().message() + "; the last of them: " + refusal.shown());
    }
  }

  /**
   * A row that the table does not take.
   *
   * @param message for its reject, where the row itself stands, too
   * @param shown the same without its values
   */
  private record Refusal(int index, String code, String message, String shown) {}

  private @Nullable Refusal send(SliceRows rows, int[] order, int from, int to) {
    CopyIn open = null;
    Savepoint before = null;
    try {
      before = refusesRows ? connection.setSavepoint() : null;
      open = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(copy);
      write(open, rows, order, from, to);
      long taken = open.endCopy();
      if (taken != to - from) {
        throw new IllegalStateException(
            "\"%s\" took %d of %d %s: no trigger of the table may leave one out without an error"
                .formatted(copy, taken, to - from, Plural.of(to - from, "row")));
      }
      if (before != null) {
        connection.releaseSavepoint(before);
      }
      return null;
    } catch (SQLException e) {
      Refusal refusal = before == null ? null : refusal(e, from, to);
      if (refusal == null || before == null) {
        cancel(open);
        throw failure(e.getMessage(), e);
      }
      rollBack(before, e);
      return refusal;
    }
  }

  private void write(CopyIn open, SliceRows rows, int[] order, int from, int to)
      throws SQLException {
    int size = 0;
    for (int i = from; i < to; i++) {
      int length = rows.length(order[i]);
      if (size + length > buffer.length) {
        open.writeToCopy(buffer, 0, size);
        size = 0;
        if (length > buffer.length) {
          buffer = new byte[length];
        }
      }
      size += rows.appendTo(buffer, size, order[i]);
    }
    open.writeToCopy(buffer, 0, size);
  }

  /** Which row the server means, if it is a row that it refuses; null if it is something else. */
  private static @Nullable Refusal refusal(SQLException error, int from, int to) {
    String state = error.getSQLState();
    ServerErrorMessage server = error instanceof PSQLException e ? e.getServerErrorMessage() : null;
    if (server == null || server.getWhere() == null || !isOfARow(state)) {
      return null;
    }
    Matcher number = ROW_NUMBER.matcher(server.getWhere());
    if (!number.find()) {
      return null;
    }
    int index = from + Integer.parseInt(number.group(1)) - 1;
    String detail = server.getDetail() == null ? "" : ": " + server.getDetail();
    String code = UNIQUE_VIOLATION.equals(state) ? Code.KEY_DUP : Code.TABLE;
    String said = "the table refuses it: " + server.getMessage();
    // What a trigger says is anybody's guess.
    String shown =
        RAISED.equals(state) ? "a trigger refuses it" : SqlStates.withoutValues(state, said);
    return index < to ? new Refusal(index, code, said + detail, shown) : null;
  }

  private static boolean isOfARow(@Nullable String state) {
    return state != null && OF_A_ROW.matcher(state).matches();
  }

  /** Without its release each refused row would open one more subtransaction within the others. */
  private void rollBack(Savepoint before, SQLException why) {
    try {
      connection.rollback(before);
      connection.releaseSavepoint(before);
    } catch (SQLException e) {
      e.addSuppressed(why);
      throw failure(e.getMessage(), e);
    }
  }

  /** Ends a COPY that is under way after a failure, so that the connection can be rolled back. */
  private static void cancel(@Nullable CopyIn open) {
    try {
      if (open != null && open.isActive()) {
        open.cancelCopy();
      }
    } catch (SQLException e) {
      // The server has ended it with the error that is on its way up already.
      return;
    }
  }

  private FeedException failure(@Nullable String what, SQLException cause) {
    return new FeedException("rows can't be copied with \"" + copy + "\": " + what, cause);
  }
}
