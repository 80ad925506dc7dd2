package commondata.schedule;

import commondata.database.SqlStates;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The bounded loops that Quartz starts: poll, and rest when there is nothing. */
final class PollLoops {

  static final String CONTEXT_KEY = "commondata.polls";

  private static final Logger LOG = LoggerFactory.getLogger(PollLoops.class);
  private static final Duration REST_AFTER_ERROR = Duration.ofSeconds(1);

  private final Map<String, Loop> loops = new ConcurrentHashMap<>();
  private final Supplier<Pace> pace;
  private final Duration slot;
  private final CountDownLatch stopping = new CountDownLatch(1);

  /**
   * @param pace of a poll that has none of its own
   * @param slot how long a loop lasts
   */
  PollLoops(Supplier<Pace> pace, Duration slot) {
    this.pace = pace;
    this.slot = slot;
  }

  void add(Poll poll) {
    Loop loop = new Loop(poll, pace.get());
    if (!loop.pace().bell().equals(loop.pace().bell())) {
      throw new ClockException(
          "poll \"%s\" has another bell each time it is asked for its pace, so nobody could end its rest: make the pace once"
              .formatted(poll.name()),
          null);
    }
    if (loops.putIfAbsent(poll.name(), loop) != null) {
      throw new ClockException("two polls are named \"%s\"".formatted(poll.name()), null);
    }
  }

  void stop() {
    stopping.countDown();
    loops.values().forEach(loop -> loop.pace().bell().ringForEver());
  }

  /** Polls until the slot is over or the clock stops. */
  void run(String name) throws InterruptedException {
    Loop loop = loops.get(name);
    if (loop != null) {
      loop.runUntil(System.nanoTime() + slot.toNanos());
    }
  }

  /** One poll and its rest, which may last from one slot into the next. */
  private final class Loop {

    private final Poll poll;
    private final Pace usual;
    private int empty;
    private long restUntil;
    private @Nullable String lastError;

    private Loop(Poll poll, Pace usual) {
      this.poll = poll;
      this.usual = usual;
      this.restUntil = System.nanoTime() + pace().first().toNanos();
    }

    private Pace pace() {
      return poll.pace().orElse(usual);
    }

    private void runUntil(long end) throws InterruptedException {
      while (rested(end) && stopping.getCount() > 0) {
        long begun = System.nanoTime();
        long rest = pollOnce().toNanos();
        restUntil = Pace.nextAfter(begun, System.nanoTime(), rest);
      }
    }

    /**
     * Rests until the time is over or the bell rings; returns false if the slot ends before. A rest
     * after an error is not for the bell to end: whoever rings does not know of it.
     */
    private boolean rested(long end) throws InterruptedException {
      long now = System.nanoTime();
      if (now - end >= 0) {
        return false;
      }
      long rest = Math.min(restUntil - now, end - now);
      return rest <= 0
          || (lastError == null
              ? pace().bell().await(Duration.ofNanos(rest))
              : stopping.await(rest, TimeUnit.NANOSECONDS))
          || System.nanoTime() - restUntil >= 0;
    }

    private Duration pollOnce() {
      try {
        empty = poll.pollOnce() ? 0 : empty + 1;
        if (lastError != null) {
          LOG.info("poll {} works again", poll.name());
          lastError = null;
        }
        return pace().rest(empty);
      } catch (RuntimeException | Error e) {
        // Once per new error, not once per poll: an outage must not flood the log.
        String error = kindOf(e);
        if (!error.equals(lastError)) {
          log(e);
        }
        lastError = error;
        return REST_AFTER_ERROR;
      }
    }

    /** Where an outage was met says nothing: it is a line, without a stack. */
    private void log(Throwable e) {
      if (SqlStates.isOutage(e)) {
        LOG.warn(
            "poll {}: the database can't be used, it goes on every {}: {}",
            poll.name(),
            REST_AFTER_ERROR,
            e.getMessage());
        LOG.debug("poll {}", poll.name(), e);
      } else {
        LOG.error("poll {} failed, it goes on every {}", poll.name(), REST_AFTER_ERROR, e);
      }
    }

    /** Classes and SQLSTATEs: in a message, times and numbers may differ each time. */
    private static String kindOf(Throwable error) {
      StringBuilder kind = new StringBuilder();
      for (Throwable t = error; t != null; t = t.getCause()) {
        kind.append(t.getClass().getName()).append(' ');
        if (t instanceof SQLException sql) {
          kind.append(sql.getSQLState()).append(' ');
        }
      }
      return kind.toString();
    }
  }
}
