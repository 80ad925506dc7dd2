package commondata.event;

/**
 * A payload that its reader can't read: retrying does not help. The message holds no value of it.
 */
public final class UnreadablePayloadException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UnreadablePayloadException(String message) {
    super(message);
  }
}
