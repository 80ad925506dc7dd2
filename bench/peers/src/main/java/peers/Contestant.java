package peers;

/**
 * One way of publishing events and handling them, in a database of its own. Made in a state in
 * which it publishes and does not handle.
 */
interface Contestant extends AutoCloseable {

  /** One transaction: one business row, one event. Called by many threads. */
  void publish(long id) throws Exception;

  /**
   * Publishes so many events at once, as a backlog to be drained. Those whose backlog is made by
   * publishing one at a time do not have it.
   */
  default void fill(long count) throws Exception {
    throw new UnsupportedOperationException(getClass().getSimpleName());
  }

  /** Begins to handle events in the background, at the pace it was made for. */
  void start() throws Exception;

  /** Ends that; what is under way is finished. */
  void stop() throws Exception;

  @Override
  void close();

  /** How events get to their handler. */
  enum Pace {
    /** There is a backlog: as fast as it goes. */
    BACKLOG,
    /** A poll each 100 ms, and nothing else. */
    POLL,
    /** Whatever it has to be told of a commit at once. */
    WOKEN
  }

  /**
   * Circumstances it is made for.
   *
   * @param readers each of them gets every event
   */
  record Setting(Place place, Pace pace, int readers, Tally tally) {}

  /** Makes it. */
  @FunctionalInterface
  interface Maker {
    Contestant make(Setting setting) throws Exception;
  }
}
