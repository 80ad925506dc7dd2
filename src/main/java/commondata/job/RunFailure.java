package commondata.job;

import commondata.database.SqlStates;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.transaction.TransactionSystemException;

/**
 * What an exception means for a run.
 *
 * @param exitCode 12 if the job itself is wrong, 16 if its surroundings failed it
 * @param message for the operator, without values of rows that the server quotes
 */
public record RunFailure(int exitCode, String message) {

  private static final String CANCELED = "57014";

  private static final int MESSAGE_MAX = 2_000;

  /**
   * Judges by SQLSTATE: an outage or a conflict is of the surroundings.
   *
   * @param timeout that of the job, which is told if the server has cancelled a statement
   */
  public static RunFailure of(Throwable error, Duration timeout) {
    Throwable rolledBackFor =
        error instanceof TransactionSystemException system
            ? system.getApplicationException()
            : null;
    if (rolledBackFor != null) {
      // The roll-back failed as well: the connection is lost, whatever came first.
      return new RunFailure(RunExitCode.ENVIRONMENT, of(rolledBackFor, timeout).message());
    }
    SQLException sql = sqlCause(error);
    String state = sql == null ? null : sql.getSQLState();
    boolean io = NestedExceptionUtils.getMostSpecificCause(error) instanceof java.io.IOException;
    boolean around = io || SqlStates.isOutage(error);
    // A pool that gives no connection throws without a state.
    boolean unreachable = sql != null && state == null;
    String said = SqlStates.withoutValues(error, message(error, sql));
    String message = CANCELED.equals(state) ? said + "; " + StepClock.inWords(timeout) : said;
    return new RunFailure(
        around || unreachable ? RunExitCode.ENVIRONMENT : RunExitCode.JOB_ERROR,
        message.length() > MESSAGE_MAX ? message.substring(0, MESSAGE_MAX) : message);
  }

  /** What the server says comes first: the statement behind it may be long. */
  private static String message(Throwable error, @Nullable SQLException sql) {
    String message = error.getMessage() == null ? error.toString() : error.getMessage();
    if (sql == null || sql.getMessage() == null) {
      return message;
    }
    String said = sql.getMessage().strip();
    return message.contains(said) ? message : said + " (" + message + ")";
  }

  public boolean isEnvironment() {
    return exitCode == RunExitCode.ENVIRONMENT;
  }

  private static @Nullable SQLException sqlCause(@Nullable Throwable error) {
    Throwable cause = error;
    SQLException last = null;
    while (cause != null) {
      if (cause instanceof SQLException sql) {
        last = sql;
      }
      cause = cause.getCause();
    }
    return last;
  }
}
