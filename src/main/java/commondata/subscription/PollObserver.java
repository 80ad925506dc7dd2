package commondata.subscription;

/**
 * Hears what the polls of a node come to, and each transaction in them: a poll may have several.
 * Called by many threads, outside of any transaction; must be quick and must not throw.
 */
public interface PollObserver {

  /** Hears nothing. */
  PollObserver NOBODY = new PollObserver() {};

  /** A poll has ended. */
  default void polled(String subscription, PollOutcome outcome) {}

  /** So many events were handled in one transaction, which is committed. */
  default void handled(String subscription, int events) {}

  /** An attempt has failed, and was counted. */
  default void failed(String subscription) {}
}
