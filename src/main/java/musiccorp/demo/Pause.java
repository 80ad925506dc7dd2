package musiccorp.demo;

/** Waits a moment. */
final class Pause {

  private Pause() {}

  /**
   * @throws DemoException if the demo is told to stop meanwhile
   */
  static void millis(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw DemoException.unsettled("interrupted while waiting");
    }
  }
}
