package commondata.feed;

/** A file could not be loaded or written, through no fault of its content. */
public final class FeedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public FeedException(String message, Throwable cause) {
    super(message, cause);
  }
}
