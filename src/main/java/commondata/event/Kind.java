package commondata.event;

import java.util.Locale;

/** What an event is to its readers (Enterprise Integration Patterns: Event, Command Message). */
public enum Kind {
  /** A fact, for whoever subscribes. */
  EVENT,
  /** Addressed to one service; may be turned down. */
  REQUEST,
  /** The answer to a request, for the service that asked. */
  RESPONSE;

  /** As it stands in {@code commondata.outbox.kind}. */
  public String column() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The kind that stands in a row. */
  public static Kind ofColumn(String column) {
    return valueOf(column.toUpperCase(Locale.ROOT));
  }
}
