package commondata.job;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One statement of an SQL file.
 *
 * @param sql with {@code ?} where the parameters were
 * @param params their names, in order
 * @param counts what its rows are counted as
 * @param line line of the file it begins at
 */
public record SqlStatement(String sql, List<String> params, CountsAs counts, int line) {

  /** What a statement's rows are counted as. */
  public enum CountsAs {
    WRITTEN,
    REJECTED,
    EVENTS,
    NOTHING;

    static Optional<CountsAs> named(String label) {
      return Arrays.stream(values())
          .filter(value -> value.name().toLowerCase(Locale.ROOT).equals(label))
          .findFirst();
    }

    Counts of(long rows) {
      return switch (this) {
        case WRITTEN -> new Counts(0, rows, 0, 0);
        case REJECTED -> new Counts(0, 0, rows, 0);
        case EVENTS -> new Counts(0, 0, 0, rows);
        case NOTHING -> Counts.NONE;
      };
    }
  }

  public SqlStatement {
    params = List.copyOf(params);
  }

  /**
   * The line of the file in which the server found something.
   *
   * @param position character, from one, as the server counts them: parameters are {@code $1} there
   */
  int lineOf(int position) {
    int line = this.line;
    int params = 0;
    int at = 1;
    for (int i = 0; i < sql.length() && at < position; i++) {
      char c = sql.charAt(i);
      boolean isOperator = sql.startsWith("??", i);
      i += isOperator ? 1 : 0;
      line += c == '\n' ? 1 : 0;
      at += c == '?' && !isOperator ? Integer.toString(++params).length() + 1 : 1;
    }
    return line;
  }

  /** Sets the parameters of this statement once it is prepared. */
  public void bind(PreparedStatement prepared, Map<String, Object> values) throws SQLException {
    SqlScript.bind(prepared, this, values);
  }
}
