package commondata.schedule;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The bounded loops that Quartz starts: poll, and rest when there is nothing. */
final class PollLoops {

  static final String CONTEXT_KEY = "commondata.polls";

  private static final Logger LOG = LoggerFactory.getLogger(PollLoops.class);
  private static final Duration REST_AFTER_ERROR = Duration.ofSeconds(1);

  private final Map<String, Poll> polls = new ConcurrentHashMap<>();
  private final Map<String, String> lastErrors = new ConcurrentHashMap<>();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Duration pollInterval;

  PollLoops(Duration pollInterval) {
    this.pollInterval = pollInterval;
  }

  void add(Poll poll) {
    if (polls.putIfAbsent(poll.name(), poll) != null) {
      throw new ClockException("two polls are named \"%s\"".formatted(poll.name()), null);
    }
  }

  void stop() {
    stopped.countDown();
  }

  /** Polls until the slot is over or the clock stops. */
  void runFor(String name, Duration slot) throws InterruptedException {
    Poll poll = polls.get(name);
    if (poll == null) {
      return;
    }
    long end = System.nanoTime() + slot.toNanos();
    while (stopped.getCount() > 0 && System.nanoTime() < end) {
      Duration rest = pollOnce(poll);
      if (!rest.isZero() && stopped.await(rest.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    }
  }

  private Duration pollOnce(Poll poll) {
    try {
      boolean worked = poll.pollOnce();
      if (lastErrors.remove(poll.name()) != null) {
        LOG.info("poll {} works again", poll.name());
      }
      return worked ? Duration.ZERO : pollInterval;
    } catch (RuntimeException e) {
      // Once per new error, not once per poll: an outage must not flood the log.
      String error = String.valueOf(e.getMessage());
      if (!error.equals(lastErrors.put(poll.name(), error))) {
        LOG.error("poll {} failed, it goes on every {}", poll.name(), REST_AFTER_ERROR, e);
      }
      return REST_AFTER_ERROR;
    }
  }
}
