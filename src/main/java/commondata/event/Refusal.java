package commondata.event;

import commondata.database.Causes;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.springframework.dao.DataAccessException;

/** Says in a sentence why the database did not take an event, without a value of its payload. */
final class Refusal {

  private static final int SHOWN_MAX = 50;

  /** SQLSTATEs that {@code commondata.refuse_event} raises; its own sentences are shown. */
  private static final Set<String> SENTENCES = Set.of("22004", "22023", "42704", "54000");

  /** The server raises the same SQLSTATEs elsewhere, such as for an array that is too large. */
  private static final String REFUSE_EVENT = "commondata.refuse_event(";

  /** In the server's context of an error, whatever its language: a function, and one of the kit. */
  private static final String FUNCTION = "PL/pgSQL";

  private static final String OF_THE_KIT = "commondata.";
  private static final String PAYLOAD_OF = " payload_of";

  private Refusal() {}

  /**
   * Passes if no text of the event holds a NUL: the server says of no parameter whose it is.
   *
   * @throws EventRefusedException if one does
   */
  static void checkText(NewEvent event) {
    String replyTo = Objects.toString(event.replyTo(), "");
    for (String text : List.of(event.type(), event.key(), event.payload(), replyTo)) {
      if (text.indexOf('\0') >= 0) {
        throw new EventRefusedException(
            "type, key, payload or replyTo of %s holds a NUL, which is no text: leave it out."
                .formatted(name(List.of(event))));
      }
    }
  }

  /**
   * An {@link EventRefusedException}, or the failure itself if it is not about the events.
   *
   * @param events those that were sent together
   */
  static RuntimeException of(List<NewEvent> events, DataAccessException failure) {
    String sentence =
        Causes.first(failure, PSQLException.class)
            .filter(cause -> isOfTheKit(where(cause.getServerErrorMessage())))
            .map(cause -> sentence(events, cause))
            .orElse(null);
    return sentence == null ? failure : new EventRefusedException(sentence);
  }

  /**
   * A write is sent with the events, and so is the COMMIT, which runs what triggers have deferred:
   * what these fail at is not about an event. It is the outermost function that tells. The rest of
   * the context quotes statements and data. A function whose schema is on the search path stands
   * without it; all but one have a path of their own.
   */
  private static boolean isOfTheKit(String where) {
    int outermost = where.lastIndexOf(FUNCTION);
    int end = where.indexOf('(', Math.max(outermost, 0));
    String name = outermost < 0 || end < 0 ? "" : where.substring(outermost, end);
    return name.contains(OF_THE_KIT) || name.endsWith(PAYLOAD_OF);
  }

  private static String where(@Nullable ServerErrorMessage message) {
    return message == null ? "" : Objects.toString(message.getWhere(), "");
  }

  private static @Nullable String sentence(List<NewEvent> events, PSQLException cause) {
    String state = String.valueOf(cause.getSQLState());
    String payload = "payload of " + name(events);
    return switch (state) {
      case "22P02" -> payload + " is no JSON: publish a JSON text.";
      case "22P05" -> payload + " holds \\u0000, which PostgreSQL can't store: leave it out.";
      case "22003" -> payload + " holds a number too large for PostgreSQL: write it as a string.";
      case "54001" -> payload + " is nested too deeply: flatten it.";
      default -> SENTENCES.contains(state) ? said(cause) : null;
    };
  }

  /** The server does not say which of several it was. */
  private static String name(List<NewEvent> events) {
    NewEvent first = events.get(0);
    String name = "%s \"%s\"".formatted(shown(first.type()), shown(first.key()));
    return events.size() == 1
        ? name
        : name + ", or of another of the %d events published with it,".formatted(events.size());
  }

  private static @Nullable String said(PSQLException cause) {
    ServerErrorMessage message = cause.getServerErrorMessage();
    if (message == null || !where(message).contains(REFUSE_EVENT)) {
      return null;
    }
    String hint = message.getHint();
    return message.getMessage() + "." + (hint == null ? "" : " " + hint);
  }

  /** Short, and without characters that would break the line of a log. */
  private static String shown(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return line.length() <= SHOWN_MAX ? line : line.substring(0, SHOWN_MAX) + "...";
  }
}
