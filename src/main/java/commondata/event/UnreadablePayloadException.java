package commondata.event;

/** A payload that its reader can't read: retrying does not help. */
public final class UnreadablePayloadException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UnreadablePayloadException(String message) {
    super(message);
  }

  UnreadablePayloadException(String message, Throwable cause) {
    super(message, cause);
  }
}
