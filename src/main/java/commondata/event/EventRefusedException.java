package commondata.event;

/**
 * An event that can't be published as it is: its type or version is not registered, its payload is
 * no JSON, too large or does not fit its schema, its key is too long. Trying again does not help.
 * The message says what is wrong and what to do; it holds no value of the payload.
 */
public final class EventRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  EventRefusedException(String message) {
    super(message);
  }
}
