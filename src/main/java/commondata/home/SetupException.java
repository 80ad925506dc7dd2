package commondata.home;

/**
 * The machine, the database server or its settings are not as they must be. The message is one
 * sentence for a person: what, where, why, and what to do.
 */
public final class SetupException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  public SetupException(String message) {
    super(message);
  }

  public SetupException(String message, Throwable cause) {
    super(message, cause);
  }
}
