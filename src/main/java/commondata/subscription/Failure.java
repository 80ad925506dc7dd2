package commondata.subscription;

import commondata.database.SqlStates;
import commondata.event.EventRefusedException;
import commondata.event.UnreadablePayloadException;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionSystemException;

/** Tells an outage (the database, for everybody) from poison (one event, its handler). */
final class Failure {

  /** What a failure that is no outage of the database says about its event. */
  enum Kind {
    /** The handler failed: an attempt. */
    FAILED,
    /** The cause may pass by itself: an attempt, unless many keys fail so at once. */
    TRANSIENT,
    /** Something is not there, whatever the event: the part waits. */
    UNAVAILABLE,
    /** Trying again does not help: dead at once. */
    PERMANENT
  }

  /** The database takes no NUL, and nobody can read the others. */
  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}&&[^\n\t]]");

  private static final Set<Class<? extends Throwable>> TRANSIENT =
      Set.of(
          IOException.class,
          TimeoutException.class,
          SQLTransientException.class,
          TransientDataAccessException.class);

  private static final Set<Class<? extends Throwable>> PERMANENT =
      Set.of(
          UnknownTypeException.class,
          UnreadablePayloadException.class,
          EventRefusedException.class);

  private Failure() {}

  /** Whether the database can't be used now, by anybody or by this transaction. */
  static boolean isOutage(@Nullable Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof CannotCreateTransactionException || isFailedRollback(t)) {
        return true;
      }
    }
    return SqlStates.isOutage(failure);
  }

  /** What made the roll-back necessary is hidden then, but the connection is of no use. */
  private static boolean isFailedRollback(Throwable t) {
    return t instanceof TransactionSystemException system
        && system.getApplicationException() != null;
  }

  /** Which kind it is; the two sets are the subscription's own additions. */
  static Kind kindOf(
      Throwable failure,
      Set<Class<? extends Throwable>> alsoTransient,
      Set<Class<? extends Throwable>> alsoPermanent) {
    if (isAny(failure, Set.of(UnavailableException.class))) {
      return Kind.UNAVAILABLE;
    }
    if (isAny(failure, alsoPermanent)) {
      return Kind.PERMANENT;
    }
    if (isAny(failure, alsoTransient)) {
      return Kind.TRANSIENT;
    }
    if (isAny(failure, PERMANENT)) {
      return Kind.PERMANENT;
    }
    return isAny(failure, TRANSIENT) || isOutage(failure) ? Kind.TRANSIENT : Kind.FAILED;
  }

  private static boolean isAny(Throwable failure, Set<Class<? extends Throwable>> classes) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      for (Class<? extends Throwable> each : classes) {
        if (each.isInstance(t)) {
          return true;
        }
      }
    }
    return false;
  }

  /** What the handler threw, without the wrapping. */
  static Throwable causeOf(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof HandlerException && cause != null ? cause : failure;
  }

  /**
   * The innermost message: what the database, without values, or the handler said; of a roll-back
   * that failed, what it was for.
   */
  static String messageOf(Throwable failure) {
    Throwable[] hidden = failure.getSuppressed();
    Throwable innermost = hidden.length > 0 && isOutage(failure) ? hidden[0] : failure;
    while (innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    String message = innermost.getMessage();
    if (message == null) {
      return innermost.getClass().getSimpleName();
    }
    if (innermost instanceof SQLException sql) {
      message = SqlStates.withoutValues(sql.getSQLState(), message);
    }
    return UNPRINTABLE.matcher(message).replaceAll("\uFFFD");
  }
}
