package commondata.database;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.ArgumentPreparedStatementSetter;

/**
 * A statement whose result nobody waits for.
 *
 * @param sql with a question mark for each value
 */
public record Write(String sql, List<@Nullable Object> values) {

  /** Sets the first parameters of a statement that begins with this one; returns how many. */
  public int set(PreparedStatement statement) throws SQLException {
    new ArgumentPreparedStatementSetter(values.toArray()).setValues(statement);
    return values.size();
  }
}
