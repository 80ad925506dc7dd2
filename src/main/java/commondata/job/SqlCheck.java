package commondata.job;

import commondata.database.Login;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Whether the server can run the SQL of a job, asked before there is work: a name that it does not
 * know, or a right that the owner's login lacks, would else stop the first file or run.
 *
 * <p>Each statement is planned, with values of the types it will get, and not executed. What a
 * script does behind a statement that can't be planned, such as CREATE TEMPORARY TABLE, may build
 * on that one, and is left for its time; so is whatever depends on values or on the hour.
 */
public final class SqlCheck {

  private static final String PLAN = "EXPLAIN ";
  private static final String PATIENCE = "SELECT set_config('lock_timeout', '3s', true)";

  private static final Pattern PLANNED =
      Pattern.compile(
          "(?i)(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|VALUES|TABLE)\\b.*", Pattern.DOTALL);

  /** A query that makes a table. */
  private static final Pattern MAKES =
      Pattern.compile("(?i)(SELECT|WITH|TABLE|VALUES)\\b.*\\bINTO\\b.*", Pattern.DOTALL);

  /** Not supported; no such schema; syntax, names, types, rights. */
  private static final Set<String> OF_THE_SQL = Set.of("0A", "3F", "42");

  private static final LocalDate DAY = LocalDate.of(2026, 1, 1);

  private final Login login;

  /**
   * @param login the owner's
   */
  public SqlCheck(Login login) {
    this.login = login;
  }

  /**
   * Plans every statement of a job's steps, if it is registered for its owner.
   *
   * @throws DefinitionException with a line for each script that can't be run: file, line, reason
   */
  public void require(JobDefinition job) {
    JobRegistration.whyNot(job, login)
        .ifPresent(
            why -> {
              throw new DefinitionException(why);
            });
    Map<String, Object> values = values(job);
    List<String> errors = new ArrayList<>();
    scripts(job).forEach(script -> error(script, values).ifPresent(errors::add));
    if (!errors.isEmpty()) {
      throw new DefinitionException(String.join("\n", errors));
    }
  }

  private static List<SqlScript> scripts(JobDefinition job) {
    List<SqlScript> scripts = new ArrayList<>();
    if (job.onlyIf() != null) {
      scripts.add(job.onlyIf());
    }
    for (Step step : job.steps()) {
      if (step instanceof Step.Check check) {
        scripts.add(check.script());
      } else if (step instanceof Step.Sql sql) {
        scripts.add(sql.script());
      } else if (step instanceof Step.Events events) {
        scripts.add(events.script());
      } else if (step instanceof Step.Export export) {
        scripts.add(export.query());
      }
    }
    return scripts;
  }

  private static Map<String, Object> values(JobDefinition job) {
    Map<String, Object> values = new HashMap<>();
    values.put("business_date", DAY);
    values.put("run_id", 1L);
    values.put("file_id", 1L);
    values.put("superseded_files", new Long[0]);
    values.put("line_from", 1L);
    values.put("line_to", 2L);
    job.params().forEach(param -> values.put(param.name(), param.sample()));
    return values;
  }

  private Optional<String> error(SqlScript script, Map<String, Object> values) {
    for (SqlStatement statement : script.statements()) {
      String sql = statement.sql();
      if (!PLANNED.matcher(sql).matches() || MAKES.matcher(sql).matches()) {
        return Optional.empty();
      }
      Optional<String> error = error(script.location(), statement, values);
      if (error.isPresent()) {
        return error;
      }
    }
    return Optional.empty();
  }

  /** In a transaction of its own, which ends with the statement that fails. */
  private Optional<String> error(
      String location, SqlStatement statement, Map<String, Object> values) {
    try {
      login.inTransactionDo(() -> plan(statement, values));
      return Optional.empty();
    } catch (DataAccessException e) {
      ServerErrorMessage said = said(e);
      if (said == null) {
        throw e;
      }
      return OF_THE_SQL.contains(String.valueOf(said.getSQLState()).substring(0, 2))
          ? Optional.of(sentence(location, statement, said))
          : Optional.empty();
    }
  }

  private void plan(SqlStatement statement, Map<String, Object> values) {
    JdbcTemplate jdbc = new JdbcTemplate(login.dataSource());
    jdbc.queryForObject(PATIENCE, String.class);
    jdbc.execute(
        connection -> connection.prepareStatement(PLAN + statement.sql()),
        (PreparedStatement prepared) -> planned(prepared, statement, values));
  }

  private static boolean planned(
      PreparedStatement prepared, SqlStatement statement, Map<String, Object> values)
      throws SQLException {
    statement.bind(prepared, values);
    return prepared.execute();
  }

  /** Null if it was not the server that said no. */
  private static @Nullable ServerErrorMessage said(DataAccessException e) {
    return e.getMostSpecificCause() instanceof PSQLException server
        ? server.getServerErrorMessage()
        : null;
  }

  private static String sentence(String location, SqlStatement statement, ServerErrorMessage said) {
    String hint = said.getHint() == null ? "" : ". " + said.getHint();
    return "%s, line %d: %s%s"
        .formatted(
            location,
            statement.lineOf(said.getPosition() - PLAN.length()),
            said.getMessage(),
            hint);
  }
}
