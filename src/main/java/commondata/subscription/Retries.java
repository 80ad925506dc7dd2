package commondata.subscription;

import commondata.database.Login;
import commondata.fault.FaultPoint;

/**
 * Tries the parked keys of a subscription again that are due, one a poll. One that meets an outage
 * is due again at once, behind all others.
 */
final class Retries {

  private static final long LOOK_NANOS = 200_000_000;

  private final ParkedReader reader;
  private final Marks marks;
  private final Attempts attempts;
  private final Failures failures;
  private long lookedAt = System.nanoTime() - LOOK_NANOS;

  Retries(
      Login login,
      String subscription,
      String node,
      Marks marks,
      Attempts attempts,
      Failures failures) {
    this.reader = new ParkedReader(login, subscription, node);
    this.marks = marks;
    this.attempts = attempts;
    this.failures = failures;
  }

  /** Tries one; waits for a moment if there was none, or none that could be tried. */
  PollOutcome pollOnce() {
    if (System.nanoTime() - lookedAt < LOOK_NANOS) {
      return new PollOutcome.Idle();
    }
    ParkedReader.Due due = reader.beginRetry(marks.worker()).orElse(null);
    if (due == null) {
      lookedAt = System.nanoTime();
      return new PollOutcome.Idle();
    }
    FaultPoint.RETRY_MARKED.reached();
    Attempt attempt =
        attempts.run(
            Attempts.Points.OF_RETRY,
            () -> reader.nextParked(marks.worker(), due),
            batch -> reader.finishParked(batch.events().get(0)),
            part -> true);
    if (attempt instanceof Attempt.Done done) {
      return done.outcome();
    }
    if (attempt instanceof Attempt.Failed failed) {
      return failures.failParked(failed);
    }
    if (attempt instanceof Attempt.Outage outage) {
      lookedAt = System.nanoTime();
      return outage.outcome();
    }
    // Somebody else has the part: nobody shall think that this worker died of it.
    marks.withdraw();
    return new PollOutcome.Idle();
  }
}
