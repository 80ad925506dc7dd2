package commondata.subscription;

import org.jspecify.annotations.Nullable;

/** What one poll came to. */
public sealed interface PollOutcome {

  /** Nothing to do. */
  record Idle() implements PollOutcome {}

  /** So many events were handled and committed. */
  record Handled(int events) implements PollOutcome {}

  /** An event failed; its key waits, or the event is a dead letter. Others flow on. */
  record Parked(String event, String error) implements PollOutcome {}

  /** A part waits for the end of an outage; no attempt was counted. Other parts flow on. */
  record Paused(int part, String error) implements PollOutcome {}

  /**
   * An outage ended the poll; nothing was done and no attempt was counted.
   *
   * @param event the one in work then, such as {@code order.placed v1 key "7" at 3:12}, and how
   *     many behind it: the conflict or the limit that the server told of may be theirs alone; null
   *     if there was none: the database could not be used
   */
  record Interrupted(@Nullable String event, String error) implements PollOutcome {}

  /** Whether polling again at once is worth it. */
  default boolean worked() {
    return this instanceof Handled || this instanceof Parked || this instanceof Paused;
  }
}
