package musiccorp.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.ServerErrorMessage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Looks into the database: one statement, under the login that may only read. */
@Command(
    name = "sql",
    description = "Runs one SQL statement that reads, in a read-only transaction.",
    footer = {"", "Example: ./commondata sql \"SELECT * FROM commondata.run ORDER BY id DESC\""})
final class SqlCommand extends CliCommand {

  @Parameters(paramLabel = "SQL", description = "The statement; - reads it from stdin")
  private String sql = "";

  @Option(
      names = "--limit",
      paramLabel = "ROWS",
      defaultValue = "1000",
      description = "Rows to show at most (default ${DEFAULT-VALUE})")
  private int limit;

  @Override
  public Integer call() throws IOException, SQLException {
    if (limit < 1) {
      throw new CliException(ExitCode.USAGE, "--limit %d must be 1 or more.".formatted(limit));
    }
    String statement =
        sql.equals("-") ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8) : sql;
    try (Session session = openSession()) {
      run(session, statement);
      return ExitCode.OK;
    }
  }

  private void run(Session session, String text) throws SQLException {
    try (Connection connection =
            session.database().login(Session.READER).dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setReadOnly(true);
      connection.setAutoCommit(false);
      statement.setMaxRows(limit == Integer.MAX_VALUE ? 0 : limit + 1);
      Rows rows = read(statement, text);
      connection.rollback();
      show(rows);
    }
  }

  private Rows read(Statement statement, String text) throws SQLException {
    try {
      boolean hasRows = statement.execute(text);
      Rows rows = hasRows ? rows(statement.getResultSet()) : new Rows("result").add("done");
      if (statement.getMoreResults() || statement.getUpdateCount() != -1) {
        throw new CliException(
            ExitCode.USAGE, "More than one statement was given. Run them one by one.");
      }
      return rows;
    } catch (SQLException e) {
      throw explained(e);
    }
  }

  private void show(Rows rows) {
    if (rows.size() <= limit) {
      output().rows(rows);
      return;
    }
    Rows shown = new Rows(rows.names());
    rows.values().subList(0, limit).forEach(row -> shown.add(row.toArray()));
    output().rows(shown);
    output().say("There are more than %d rows; --limit shows more of them.".formatted(limit));
  }

  private Rows rows(ResultSet result) throws SQLException {
    ResultSetMetaData columns = result.getMetaData();
    List<String> names = new ArrayList<>();
    for (int i = 1; i <= columns.getColumnCount(); i++) {
      names.add(columns.getColumnLabel(i));
    }
    Rows rows = new Rows(names);
    while (result.next()) {
      @Nullable Object[] values = new @Nullable Object[names.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = value(result, columns.getColumnTypeName(i + 1), i + 1);
      }
      rows.add(values);
    }
    return rows;
  }

  private @Nullable Object value(ResultSet result, String type, int column) throws SQLException {
    String text = result.getString(column);
    if (text == null) {
      return null;
    }
    return switch (type) {
      case "bool" -> result.getBoolean(column);
      case "int2", "int4", "int8", "oid" -> result.getLong(column);
      case "numeric" -> number(result, text, column);
      case "timestamptz" -> result.getObject(column, OffsetDateTime.class);
      case "json", "jsonb" -> options().json() ? Json.parsed(text) : text;
      default -> text;
    };
  }

  /** NaN and the infinities are no numbers in JSON. */
  private static Object number(ResultSet result, String text, int column) throws SQLException {
    return Character.isLetter(text.charAt(text.length() - 1)) ? text : result.getBigDecimal(column);
  }

  private static RuntimeException explained(SQLException e) throws SQLException {
    String state = String.valueOf(e.getSQLState());
    if (state.startsWith("08") || state.startsWith("57") || state.startsWith("53")) {
      throw e;
    }
    ServerErrorMessage server =
        e instanceof org.postgresql.util.PSQLException p ? p.getServerErrorMessage() : null;
    String reason = server == null ? e.getMessage() : server.getMessage();
    String hint = server == null || server.getHint() == null ? "" : " Hint: " + server.getHint();
    String place =
        server == null || server.getPosition() == 0
            ? ""
            : " (at character %d)".formatted(server.getPosition());
    return new CliException(
        ExitCode.USAGE, "The server refuses the statement%s: %s.%s".formatted(place, reason, hint));
  }
}
