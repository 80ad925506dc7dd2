package commondata.subscription;

/**
 * Thrown by a handler when something it needs is not there at the moment, whatever the event. No
 * attempt is counted: the part rests for a growing while, then one event probes whether it is back.
 */
public final class UnavailableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Says what is not there. */
  public UnavailableException(String message) {
    super(message);
  }

  /** Says what is not there, and how that was noticed. */
  public UnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
