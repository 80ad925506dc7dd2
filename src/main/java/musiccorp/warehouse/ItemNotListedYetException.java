package musiccorp.warehouse;

/** The catalog has an item whose listing is still on its way: trying again helps. */
final class ItemNotListedYetException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ItemNotListedYetException(String message) {
    super(message);
  }
}
