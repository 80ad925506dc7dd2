package commondata.config;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Starts the clocks when everything else is there, and stops them first, so that work under way is
 * committed while the pools are still open.
 */
final class NodeLifecycle implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(NodeLifecycle.class);

  private final Supplier<List<AutoCloseable>> start;
  private final List<AutoCloseable> clocks = new ArrayList<>();
  private volatile boolean running;

  NodeLifecycle(Supplier<List<AutoCloseable>> start) {
    this.start = start;
  }

  @Override
  public void start() {
    clocks.addAll(start.get());
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    for (AutoCloseable clock : clocks) {
      try {
        clock.close();
      } catch (Exception e) {
        // The next clock must be stopped all the same.
        LOG.error("a clock did not stop", e);
      }
    }
    clocks.clear();
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
