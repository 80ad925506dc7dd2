package commondata.subscription;

/** Carries what a handler threw out of the transaction; unwrapped by {@link Failure}. */
final class HandlerException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  HandlerException(Throwable cause) {
    super(cause);
  }
}
