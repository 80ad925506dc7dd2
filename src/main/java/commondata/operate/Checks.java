package commondata.operate;

import commondata.database.Login;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;

/** Reads every invariant, and the work that is not done yet, in one snapshot. */
final class Checks {

  private static final String INVARIANTS =
      """
      SELECT
          c.name,
          c.sentence,
          coalesce(c.looked_at, 0) AS looked_at,
          c.violations,
          ARRAY(SELECT o.value::text FROM jsonb_array_elements(c.offending) AS o) AS offending
      FROM invariant.check(?) AS c
      """;
  private static final String UNSETTLED =
      """
      SELECT u.what, u.id, u.detail, u.of_count
      FROM invariant.unsettled(?) AS u
      """;

  private final Login reader;

  Checks(Login reader) {
    this.reader = reader;
  }

  CheckReport run(int sample) {
    return new JdbcTemplate(reader.dataSource())
        .execute((ConnectionCallback<CheckReport>) connection -> inOneSnapshot(connection, sample));
  }

  private static CheckReport inOneSnapshot(Connection connection, int sample)
      throws SQLException, DataAccessException {
    connection.setAutoCommit(false);
    connection.setReadOnly(true);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    try {
      List<Unsettled> unsettled = new ArrayList<>();
      long unsettledCount = unsettled(connection, sample, unsettled);
      return new CheckReport(invariants(connection, sample), unsettled, unsettledCount);
    } finally {
      connection.rollback();
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      connection.setReadOnly(false);
      connection.setAutoCommit(true);
    }
  }

  private static long unsettled(Connection connection, int sample, List<Unsettled> into)
      throws SQLException {
    long count = 0;
    try (PreparedStatement statement = connection.prepareStatement(UNSETTLED)) {
      statement.setInt(1, sample);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          count = row.getLong("of_count");
          into.add(
              new Unsettled(row.getString("what"), row.getString("id"), row.getString("detail")));
        }
      }
    }
    return count;
  }

  private static List<Invariant> invariants(Connection connection, int sample) throws SQLException {
    List<Invariant> invariants = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(INVARIANTS)) {
      statement.setInt(1, sample);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          invariants.add(
              new Invariant(
                  row.getString("name"),
                  String.valueOf(row.getString("sentence")),
                  row.getLong("looked_at"),
                  row.getLong("violations"),
                  List.of((String[]) row.getArray("offending").getArray())));
        }
      }
    }
    return invariants;
  }
}
