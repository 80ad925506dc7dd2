package commondata.job;

import commondata.job.SqlStatement.CountsAs;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * The statements of one SQL file. Values come in as named parameters ({@code :business_date}) and
 * never as text.
 *
 * <p>What a statement did is counted as rows written, unless a comment ahead of it says otherwise:
 * {@code -- counts: written}, {@code rejected}, {@code events} or {@code nothing}. A statement that
 * returns rows counts as the number in the first column of its first row; if that row has columns
 * named written, rejected or events, each counts as what it is named.
 */
public final class SqlScript {

  private final String location;
  private final List<SqlStatement> statements;

  private SqlScript(String location, List<SqlStatement> statements) {
    this.location = location;
    this.statements = statements;
  }

  /**
   * Splits a file into statements.
   *
   * @param location what errors call the file
   * @throws DefinitionException if a quote or comment is not closed, or there is no statement
   */
  public static SqlScript parse(String location, String text) {
    List<SqlStatement> statements = new SqlSplitter(location, text).split();
    if (statements.isEmpty()) {
      throw new DefinitionException(location + ": there is no SQL statement in the file");
    }
    return new SqlScript(location, statements);
  }

  public List<SqlStatement> statements() {
    return statements;
  }

  public String location() {
    return location;
  }

  /**
   * Fails unless every parameter of the file is one of these.
   *
   * @throws DefinitionException naming file, line and parameter
   */
  public void requireParams(Set<String> known) {
    for (SqlStatement statement : statements) {
      for (String param : statement.params()) {
        if (!known.contains(param)) {
          String near = Spelling.nearest(param, known);
          throw new DefinitionException(
              "%s, line %d: parameter \":%s\" is not known%s"
                  .formatted(
                      location,
                      statement.line(),
                      param,
                      near == null
                          ? "; declare it under params in job.yaml"
                          : "; did you mean \":" + near + "\"?"));
        }
      }
    }
  }

  /**
   * Fails unless every statement says which lines it is for: else it would do the same for each
   * part of a large file.
   *
   * @throws DefinitionException naming file, line and parameter
   */
  void requireBounds(String from, String to) {
    for (SqlStatement statement : statements) {
      for (String bound : List.of(from, to)) {
        if (!statement.params().contains(bound)) {
          throw new DefinitionException(
              "%s, line %d: lacks the parameter \":%s\": a step \"events\" is run for some lines of a large file at a time, from \":%s\" up to, but without, \":%s\"; one event a file is published by a step \"sql\""
                  .formatted(location, statement.line(), bound, from, to));
        }
      }
    }
  }

  /** Runs every statement in order, in the transaction that is open; says what they did. */
  public Counts run(JdbcTemplate jdbc, Map<String, Object> values) {
    return run(jdbc, values, () -> {});
  }

  /** As the other, calling {@code before} before each statement. */
  Counts run(JdbcTemplate jdbc, Map<String, Object> values, Runnable before) {
    Counts counts = Counts.NONE;
    for (SqlStatement statement : statements) {
      before.run();
      counts = counts.plus(runOne(jdbc, statement, values));
    }
    return counts;
  }

  private Counts runOne(JdbcTemplate jdbc, SqlStatement statement, Map<String, Object> values) {
    try {
      Counts done =
          jdbc.execute(
              connection -> connection.prepareStatement(statement.sql()),
              (PreparedStatement prepared) -> execute(prepared, statement, values));
      return done == null ? Counts.NONE : done;
    } catch (DataAccessException e) {
      throw new StepException(location, statement.line(), e);
    }
  }

  private static Counts execute(
      PreparedStatement prepared, SqlStatement statement, Map<String, Object> values)
      throws SQLException {
    bind(prepared, statement, values);
    if (!prepared.execute()) {
      return statement.counts().of(prepared.getUpdateCount());
    }
    try (ResultSet rows = prepared.getResultSet()) {
      return rows.next() ? counted(rows, statement) : Counts.NONE;
    }
  }

  private static Counts counted(ResultSet row, SqlStatement statement) throws SQLException {
    Counts counts = Counts.NONE;
    boolean named = false;
    for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
      Optional<CountsAs> as = CountsAs.named(row.getMetaData().getColumnLabel(i));
      if (as.isPresent()) {
        counts = counts.plus(as.get().of(row.getLong(i)));
        named = true;
      }
    }
    boolean isNumber = row.getObject(1) instanceof Number;
    return named || !isNumber ? counts : statement.counts().of(row.getLong(1));
  }

  /** Sets the parameters of a prepared statement. */
  static void bind(PreparedStatement prepared, SqlStatement statement, Map<String, Object> values)
      throws SQLException {
    int index = 1;
    for (String param : statement.params()) {
      prepared.setObject(index++, values.get(param));
    }
  }
}
