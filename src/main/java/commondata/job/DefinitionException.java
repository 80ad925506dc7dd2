package commondata.job;

/** A job's folder says something that can't be right; the message names file, line and key. */
public final class DefinitionException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public DefinitionException(String message) {
    super(message);
  }

  public DefinitionException(String message, Throwable cause) {
    super(message, cause);
  }
}
