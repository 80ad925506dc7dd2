package commondata.feed;

import commondata.fault.FaultPoint;
import commondata.job.Counts;
import commondata.job.DeclaredEvents;
import commondata.job.Plural;
import commondata.job.RunFailure;
import commondata.job.Step;
import commondata.job.StepClock;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Publishes the events that a large file owes, some lines a commit. One stamp numbers all that
 * became visible since the last: of a file of millions at once, every other event of a part would
 * wait behind them.
 *
 * <p>A cut is one transaction: the lock of the file's row in {@code commondata.file_events}, the
 * events, and how far they go. On a crash before its commit nothing of it has happened; the next
 * poll, of any node, does the same lines. So each event is published once.
 */
final class EventCuts {

  private static final Logger LOG = LoggerFactory.getLogger(EventCuts.class);

  /** What a poll found. */
  enum Outcome {
    /** No events are owed. */
    NONE,
    /** The next lines are published. */
    PUBLISHED,
    /** Another node is at it, or it failed and is tried again later. */
    LATER
  }

  private final Feed feed;
  private final EventLedger ledger;
  private final Backoff backoff;

  EventCuts(Feed feed, Backoff backoff) {
    this.feed = feed;
    this.ledger = feed.events();
    this.backoff = backoff;
  }

  /** Publishes the events of the next lines of the oldest file that owes any. */
  Outcome next() {
    OptionalLong owed = ledger.owed();
    if (owed.isEmpty()) {
      return Outcome.NONE;
    }
    long file = owed.getAsLong();
    if (!backoff.isDue(file)) {
      return Outcome.LATER;
    }
    try {
      boolean published = feed.login().inTransaction(() -> publishDeclared(file));
      FaultPoint.EVENTS_COMMITTED.reached();
      backoff.forget(file);
      return published ? Outcome.PUBLISHED : Outcome.LATER;
    } catch (RuntimeException e) {
      backoff.failed(file);
      failed(file, e);
      return Outcome.LATER;
    }
  }

  private boolean publishDeclared(long file) {
    boolean published = publish(file);
    DeclaredEvents.require(feed.job(), feed.login());
    return published;
  }

  /**
   * Publishes the next lines of a file in the open transaction; false if there are none. Whether
   * the job may is asked by whoever commits.
   */
  boolean publish(long file) {
    EventLedger.Lines lines = ledger.take(file).orElse(null);
    if (lines == null) {
      return false;
    }
    long lineTo = Math.min(lines.end(), lines.next() + feed.cutLines());
    Counts counts = events(file, lines, lineTo);
    ledger.finish(file, lineTo, counts.events());
    FaultPoint.EVENTS_PUBLISHED.reached();
    LOG.info(
        "{}: file {}: {} {} of lines {} to {}, of {}",
        feed.name(),
        file,
        counts.events(),
        Plural.of(counts.events(), "event"),
        lines.next(),
        lineTo - 1,
        lines.end() - 1);
    return true;
  }

  private Counts events(long file, EventLedger.Lines lines, long lineTo) {
    Step.Events step = feed.eventStep();
    if (step == null) {
      throw new IllegalStateException(
          "file %d owes events, but job \"%s\" has no step \"events\" any more: put it back"
              .formatted(file, feed.name()));
    }
    Map<String, Object> values = new HashMap<>();
    feed.job().params().forEach(p -> values.put(p.name(), p.defaultValue()));
    values.put("file_id", file);
    values.put("run_id", lines.run());
    values.put("business_date", lines.businessDate());
    values.put("line_from", lines.next());
    values.put("line_to", lineTo);
    JdbcTemplate jdbc = new JdbcTemplate(feed.login().dataSource());
    StepClock.limitEach(jdbc, feed.job());
    return step.script().run(jdbc, values);
  }

  private void failed(long file, RuntimeException error) {
    RunFailure failure = RunFailure.of(error, feed.job().timeout());
    LOG.error("{}: events of file {} failed: {}", feed.name(), file, failure.message());
    try {
      ledger.fail(file, failure.message());
    } catch (RuntimeException e) {
      // Without a database nothing can be noted; a later poll tries the same lines.
      error.addSuppressed(e);
    }
  }
}
