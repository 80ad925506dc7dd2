package commondata.subscription;

/** Carries a handler's checked exception out of the transaction; unwrapped by {@link Failure}. */
final class HandlerException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  HandlerException(Exception cause) {
    super(cause);
  }
}
