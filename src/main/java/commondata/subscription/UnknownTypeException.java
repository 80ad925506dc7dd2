package commondata.subscription;

/** An event of a type for which a subscription has no handler: retrying does not help. */
public final class UnknownTypeException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UnknownTypeException(String message) {
    super(message);
  }
}
