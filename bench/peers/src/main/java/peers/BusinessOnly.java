package peers;

/** Publishes nothing: what the business row alone costs. */
final class BusinessOnly extends ByHand {

  BusinessOnly(Setting setting) {
    super(setting);
  }

  @Override
  void append(long id) {
    // That is the point.
  }

  @Override
  public void start() {
    throw new UnsupportedOperationException("there is nothing to handle");
  }
}
