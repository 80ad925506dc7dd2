package commondata.subscription;

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

  /** The database could not be used; nothing was done and no attempt was counted. */
  record Interrupted(String error) implements PollOutcome {}

  /** Whether polling again at once is worth it. */
  default boolean worked() {
    return this instanceof Handled || this instanceof Parked || this instanceof Paused;
  }
}
