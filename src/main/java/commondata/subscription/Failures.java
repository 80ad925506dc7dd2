package commondata.subscription;

import commondata.database.Login;
import commondata.event.Event;
import commondata.event.Handling;
import commondata.fault.FaultPoint;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What follows a failure, in a transaction of its own after the roll-back: the database parks the
 * key, makes the event a dead letter, or pauses the part ({@code commondata.park} tells when). A
 * crash before that transaction leaves everything as it was: the event fails again.
 */
final class Failures {

  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);
  private static final Set<String> COUNTED = Set.of("PARKED", "DEAD");
  private static final int ERROR_LENGTH_MAX = 1_000;
  private static final long LIMIT_IS_FRESH_NANOS = 30_000_000_000L;

  private final Subscription subscription;
  private final Login login;
  private final String node;
  private final Marks marks;
  private final Runnable onCounted;
  private Duration timeLimit = Duration.ZERO;
  private long timeLimitRead;

  /**
   * @param onCounted told of each attempt that failed and was counted
   */
  Failures(Subscription subscription, Login login, String node, Marks marks, Runnable onCounted) {
    this.subscription = subscription;
    this.login = login;
    this.node = node;
    this.marks = marks;
    this.onCounted = onCounted;
  }

  PollOutcome park(Attempt.Failed failed) {
    Event culprit = failed.first();
    Throwable cause = Failure.causeOf(failed.failure());
    FaultPoint.PARK_BEGUN.reached();
    PollOutcome outcome = outcome(park(culprit, cause), culprit, cause);
    FaultPoint.PARK_DONE.reached();
    return outcome;
  }

  PollOutcome failParked(Attempt.Failed failed) {
    Event culprit = failed.first();
    Throwable cause = Failure.causeOf(failed.failure());
    FaultPoint.RETRY_FAILED.reached();
    PollOutcome outcome =
        outcome(failParked(culprit, cause, subscription.kindOf(cause)), culprit, cause);
    FaultPoint.RETRY_COUNTED.reached();
    return outcome;
  }

  PollOutcome foundKiller(int part, Marks.Killer killer) {
    String error = "%d workers ended while they handled it".formatted(killer.times());
    String event = "event at %d:%d".formatted(part, killer.seq());
    LOG.warn("{}: {} {}: {}", subscription.name(), event, fateOf(killer.became()), error);
    count(killer.became());
    return new PollOutcome.Parked(event, error);
  }

  /**
   * Counts the failure of a thread that will not come back, from another thread. An event that has
   * cost two of them is dead: each further attempt would cost one more, until none is left.
   */
  void abandon(List<Event> events, boolean isRetry) {
    Event first = events.get(0);
    Throwable cause = new HandlerTimeoutException(timeLimit);
    if (isRetry) {
      count(failParked(first, cause, Failure.Kind.PERMANENT));
    } else if (events.size() == 1) {
      count(park(first, cause));
    } else {
      marks.markLost(first.part(), events.size());
    }
  }

  /** What is logged says of which event, and of which trace. */
  private PollOutcome outcome(String became, Event culprit, Throwable cause) {
    Handling.begin(culprit);
    try {
      return told(became, culprit, message(cause));
    } finally {
      Handling.end();
    }
  }

  private PollOutcome told(String became, Event culprit, String message) {
    count(became);
    switch (became) {
      case "PARKED", "DEAD" ->
          LOG.warn("{}: {} {}: {}", subscription.name(), culprit, fateOf(became), message);
      case "PAUSED" -> {
        LOG.warn("{}: part {} is paused: {}", subscription.name(), culprit.part(), message);
        return new PollOutcome.Paused(culprit.part(), message);
      }
      default -> LOG.info("{}: another worker has {} by now", subscription.name(), culprit);
    }
    return new PollOutcome.Parked(culprit.toString(), message);
  }

  private void count(String became) {
    if (COUNTED.contains(became)) {
      onCounted.run();
    }
  }

  private static String fateOf(String became) {
    return switch (became) {
      case "DEAD" -> "failed for good";
      case "PARKED" -> "failed, its key is parked";
      default -> "is no longer next, and stays uncounted";
    };
  }

  private static String message(Throwable cause) {
    String message = Failure.messageOf(cause);
    return message.length() <= ERROR_LENGTH_MAX ? message : message.substring(0, ERROR_LENGTH_MAX);
  }

  private String park(Event culprit, Throwable cause) {
    return login
        .jdbc()
        .sql(
            """
            SELECT commondata.park(
                :subscription,
                :part,
                :seq,
                :error_class,
                :error_message,
                :node,
                :cause
            )
            """)
        .param("subscription", subscription.name())
        .param("part", culprit.part())
        .param("seq", culprit.seq())
        .param("error_class", cause.getClass().getSimpleName())
        .param("error_message", message(cause))
        .param("node", node)
        .param("cause", subscription.kindOf(cause).name())
        .query(String.class)
        .single();
  }

  private String failParked(Event culprit, Throwable cause, Failure.Kind kind) {
    return login
        .jdbc()
        .sql(
            """
            SELECT commondata.fail_parked(
                :subscription,
                :worker,
                :part,
                :key,
                :seq,
                :error_class,
                :error_message,
                :node,
                :cause
            )
            """)
        .param("subscription", subscription.name())
        .param("worker", marks.worker())
        .param("part", culprit.part())
        .param("key", culprit.key())
        .param("seq", culprit.seq())
        .param("error_class", cause.getClass().getSimpleName())
        .param("error_message", message(cause))
        .param("node", node)
        .param("cause", kind.name())
        .query(String.class)
        .single();
  }

  /** How long a handler may take for one event; a change is seen within half a minute. */
  Duration timeLimit() {
    if (timeLimit.isZero() || System.nanoTime() - timeLimitRead > LIMIT_IS_FRESH_NANOS) {
      timeLimit = TimeLimit.of(subscription.name(), login);
      timeLimitRead = System.nanoTime();
    }
    return Objects.requireNonNull(timeLimit);
  }
}
