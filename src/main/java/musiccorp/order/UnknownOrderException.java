package musiccorp.order;

/** An event names an order that was never placed here. */
final class UnknownOrderException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UnknownOrderException(String message) {
    super(message);
  }
}
