package commondata.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Starts the clocks when everything else is there, and stops them first, all at once, so that work
 * under way is committed while the pools are still open. What does not end in time is left to the
 * closing of the pools, which is a roll-back. Before that, those at work say that they leave.
 */
final class NodeLifecycle implements SmartLifecycle {

  private static final Duration LEAVING = Duration.ofSeconds(1);
  private static final Logger LOG = LoggerFactory.getLogger(NodeLifecycle.class);

  private final Supplier<List<AutoCloseable>> start;
  private final Duration drain;
  private final Runnable leave;
  private final List<AutoCloseable> clocks = new ArrayList<>();
  private volatile boolean running;

  /**
   * @param drain how long work under way may take to end when the node stops
   * @param leave what is said then; nobody waits for it longer than a second
   */
  NodeLifecycle(Supplier<List<AutoCloseable>> start, Duration drain, Runnable leave) {
    this.start = start;
    this.drain = drain;
    this.leave = leave;
  }

  @Override
  public void start() {
    clocks.addAll(start.get());
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    List<Thread> closing = new ArrayList<>();
    for (AutoCloseable clock : clocks) {
      closing.add(started(() -> close(clock), "stop-" + closing.size()));
    }
    clocks.clear();
    if (!ended(closing, drain)) {
      LOG.warn(
          "work under way did not end in {} s: it is rolled back when the connections close, and"
              + " done again by another node or the next start",
          drain.toSeconds());
    }
    if (!ended(List.of(started(leave, "leave")), LEAVING)) {
      LOG.warn("the database does not answer in {} s: the marks stay", LEAVING.toSeconds());
    }
  }

  private static Thread started(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static boolean ended(List<Thread> threads, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    try {
      for (Thread thread : threads) {
        thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
        if (thread.isAlive()) {
          return false;
        }
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void close(AutoCloseable clock) {
    try {
      clock.close();
    } catch (Exception e) {
      // The other clocks stop all the same.
      LOG.error("a clock did not stop", e);
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
