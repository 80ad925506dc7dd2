package commondata.subscription;

import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.CannotCreateTransactionException;

/** Tells an outage (the database, for everybody) from poison (one event, its handler). */
final class Failure {

  /** Serialization failure, deadlock, lock time-out, too many connections, shutdown, disk full. */
  private static final Set<String> OUTAGES =
      Set.of(
          "40001", "40P01", "55P03", "53300", "53100", "53200", "57P01", "57P02", "57P03", "25P03");

  private Failure() {}

  /** Whether trying again later helps without anybody changing anything. */
  static boolean isOutage(@Nullable Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof CannotCreateTransactionException) {
        return true;
      }
      if (t instanceof SQLException sql && sql.getSQLState() != null) {
        String state = sql.getSQLState();
        if (state.startsWith("08") || OUTAGES.contains(state)) {
          return true;
        }
      }
    }
    return false;
  }

  /** What the handler threw, without the wrapping. */
  static Throwable causeOf(@Nullable Throwable failure) {
    if (failure == null) {
      throw new IllegalArgumentException("no failure");
    }
    Throwable cause = failure.getCause();
    return failure instanceof HandlerException && cause != null ? cause : failure;
  }

  /** The innermost message: what the database or the handler said. */
  static String messageOf(Throwable failure) {
    Throwable innermost = failure;
    while (innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    String message = innermost.getMessage();
    return message == null ? innermost.getClass().getSimpleName() : message;
  }
}
