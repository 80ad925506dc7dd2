package musiccorp.cli;

import commondata.job.DefinitionException;
import commondata.job.Plural;
import commondata.job.SqlScript;
import commondata.job.SqlStatement;
import commondata.operate.Operate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.ServerErrorMessage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Looks into the database under the login that may only read, or runs a script under another. */
@Command(
    name = "sql",
    description = {
      "Runs one SQL statement that reads, or a script under a login.",
      "A statement runs in a read-only transaction. A script of plain SQL runs",
      "statement by statement and stops at an error; the result of its last",
      "statement that returns rows is printed."
    },
    footer = {
      "",
      "Example: ./commondata sql \"SELECT * FROM commondata.run ORDER BY id DESC\"",
      "Script:  ./commondata sql --login NAME --file SCRIPT",
      "",
      "Any other client: the embedded server listens on 127.0.0.1, its port stands",
      "in the file postgres/port of the home, the database is commondata, passwords",
      "are in secrets/LOGIN."
    })
final class SqlCommand extends CliCommand {

  @Parameters(
      paramLabel = "SQL",
      arity = "0..1",
      description = "The statement; - reads it from stdin")
  private @Nullable String sql;

  @Option(names = "--file", paramLabel = "FILE", description = "A script; needs --login")
  private @Nullable Path file;

  @Option(
      names = "--login",
      paramLabel = "NAME",
      description = "Login that the script runs under, such as loyalty_service")
  private @Nullable String login;

  @Option(
      names = "--limit",
      paramLabel = "ROWS",
      defaultValue = "1000",
      description = "Rows to show at most (default ${DEFAULT-VALUE})")
  private int limit;

  @Override
  public Integer call() throws IOException, SQLException {
    positive("--limit", limit);
    if (file != null || login != null) {
      return runScript();
    }
    if (sql == null) {
      throw new CliException(ExitCode.USAGE, "Give a statement, or a script with --file.");
    }
    String statement =
        sql.equals("-") ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8) : sql;
    try (Session session = openSession()) {
      run(session, statement);
      return ExitCode.OK;
    }
  }

  private Integer runScript() throws IOException, SQLException {
    if (file == null || login == null || sql != null) {
      throw new CliException(
          ExitCode.USAGE, "A script needs both --file and --login, and no statement beside it.");
    }
    if (!Files.isReadable(file)) {
      throw new CliException(ExitCode.NOT_FOUND, "There is no file \"%s\".".formatted(file));
    }
    SqlScript script = script(file);
    try (Session session = openSession()) {
      requireLogin(session, login);
      show(lastResult(session, login, script));
      if (login.equals(session.owner()) && session.migrator().setPasswords() > 0) {
        output().say("New logins have their passwords.");
      }
      return ExitCode.OK;
    }
  }

  private static SqlScript script(Path file) throws IOException {
    try {
      SqlScript script = SqlScript.parse(file.toString(), Files.readString(file));
      script.requireParams(Set.of());
      return script;
    } catch (DefinitionException e) {
      throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
  }

  /** A name that is none would get a password of its own before the server refuses it. */
  private static void requireLogin(Session session, String login) {
    if (!session.operate().hasLogin(login)) {
      throw new CliException(ExitCode.NOT_FOUND, "There is no login \"%s\".".formatted(login));
    }
  }

  private Rows lastResult(Session session, String name, SqlScript script) throws SQLException {
    try (Connection connection = session.database().login(name).dataSource().getConnection()) {
      Rows last = new Rows("result").add("done");
      for (SqlStatement each : script.statements()) {
        try (PreparedStatement statement = connection.prepareStatement(each.sql())) {
          last = statement.execute() ? rows(statement.getResultSet()) : last;
        } catch (SQLException e) {
          throw explained(e, " in line %d of %s".formatted(each.line(), script.location()));
        }
      }
      return last;
    }
  }

  private void run(Session session, String text) throws SQLException {
    try (Connection connection =
            session.database().login(Operate.READER).dataSource().getConnection();
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
      throw explained(e, "");
    }
  }

  private void show(Rows rows) {
    if (rows.size() <= limit) {
      output().result(rows);
      return;
    }
    Rows shown = new Rows(rows.names());
    rows.values().subList(0, limit).forEach(row -> shown.add(row.toArray()));
    output().result(shown);
    output()
        .say(
            "There are more than %d %s; --limit shows more of them."
                .formatted(limit, Plural.of(limit, "row")));
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

  private static RuntimeException explained(SQLException e, String where) throws SQLException {
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
        ExitCode.USAGE,
        "The server refuses the statement%s%s: %s.%s".formatted(where, place, reason, hint));
  }
}
