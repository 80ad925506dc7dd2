package commondata.database;

import java.sql.SQLException;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What SQLSTATEs say about the server, whatever the statement was. */
public final class SqlStates {

  /** Others were in the way: serialization failure, deadlock, lock time-out. */
  private static final Set<String> CONFLICTS = Set.of("40001", "40P01", "55P03");

  /** Disk full, out of memory, too many connections, read-only, cut off, shut down, I/O error. */
  private static final Set<String> OUTAGES =
      Set.of(
          "53100", "53200", "53300", "25006", "25P03", "25P04", "57P01", "57P02", "57P03", "57P04",
          "57P05", "58000", "58030");

  /**
   * What the server says to a transaction because of what it did, or to everybody. A full disk is
   * not among them: what was done about it could be written down all the same, into pages with
   * room.
   */
  private static final Set<String> OWN_OR_OUTAGE = Set.of("53200", "25006", "25P03", "25P04");

  /** From the first quote to the last, in any language of the server. */
  private static final Pattern QUOTED =
      Pattern.compile(
          "(?s)[\"\u00ab\u00bb\u201c\u201d\u201e](.*[\"\u00ab\u00bb\u201c\u201d\u201e]|.*)");

  private SqlStates() {}

  /**
   * What the server said, without values: of data that does not fit (class 22) it quotes them. In
   * all other classes only names are quoted.
   */
  public static String withoutValues(@Nullable String state, String message) {
    return state != null && state.startsWith("22")
        ? QUOTED.matcher(message).replaceFirst("\"***\"")
        : message;
  }

  /** A text that quotes what the server said in an error or its causes: without values there. */
  public static String withoutValues(@Nullable Throwable error, String text) {
    String shown = text;
    for (Throwable t = error; t != null; t = t.getCause()) {
      String said = t instanceof SQLException ? t.getMessage() : null;
      if (t instanceof SQLException sql && said != null) {
        shown = shown.replace(said.strip(), withoutValues(sql.getSQLState(), said.strip()));
      }
    }
    return shown;
  }

  /** Whether the server can't be used now, or others were in the way: trying again may help. */
  public static boolean isOutage(@Nullable String state) {
    return state != null
        && (state.startsWith("08") || OUTAGES.contains(state) || isConflict(state));
  }

  /** Whether that is so of an exception, of what caused it, or of what it hides. */
  public static boolean isOutage(@Nullable Throwable error) {
    return isAny(error, sql -> isOutage(sql.getSQLState()) || isMissingDay(sql));
  }

  /**
   * Whether the log has no partition for today: nobody can publish or read until it is made. The
   * server says so with the state of a violated constraint, but names none.
   */
  private static boolean isMissingDay(SQLException error) {
    ServerErrorMessage said =
        error instanceof PSQLException server ? server.getServerErrorMessage() : null;
    return said != null
        && "23514".equals(said.getSQLState())
        && said.getConstraint() == null
        && "commondata".equals(said.getSchema());
  }

  /**
   * Whether an outage may be of one transaction only, by its own doing: a conflict with others, or
   * it wrote where it must not, took all memory, stood still for too long.
   */
  public static boolean mayBeOwnFault(@Nullable Throwable error) {
    return isAny(error, sql -> isOwnOrOutage(sql.getSQLState()));
  }

  private static boolean isOwnOrOutage(@Nullable String state) {
    return state != null && (isConflict(state) || OWN_OR_OUTAGE.contains(state));
  }

  /** Whether others were in the way. */
  public static boolean isConflict(@Nullable String state) {
    return state != null && CONFLICTS.contains(state);
  }

  private static boolean isAny(@Nullable Throwable error, Predicate<SQLException> wanted) {
    for (Throwable t = error; t != null; t = t.getCause()) {
      if (t instanceof SQLException sql && wanted.test(sql)) {
        return true;
      }
      for (Throwable hidden : t.getSuppressed()) {
        if (isAny(hidden, wanted)) {
          return true;
        }
      }
    }
    return false;
  }
}
