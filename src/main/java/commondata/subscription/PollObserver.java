package commondata.subscription;

/** Hears what each poll of a node came to. Called by many threads. */
@FunctionalInterface
public interface PollObserver {

  /** Hears nothing. */
  PollObserver NOBODY = (subscription, outcome) -> {};

  /** Called after each poll, outside of any transaction; must be quick and must not throw. */
  void polled(String subscription, PollOutcome outcome);
}
