package musiccorp.demo;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carrier and operator at work beside the story, until it is closed. */
final class World implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(World.class);
  private static final long LOOK_NANOS = 150_000_000;

  private final ExecutorService threads = Executors.newFixedThreadPool(2);
  private volatile @Nullable String trouble;

  World(Carrier carrier, Operator operator) {
    begin(carrier::look);
    begin(operator::look);
  }

  private void begin(Runnable look) {
    threads.execute(
        () -> {
          while (!Thread.currentThread().isInterrupted()) {
            once(look);
            LockSupport.parkNanos(LOOK_NANOS);
          }
        });
  }

  private void once(Runnable look) {
    try {
      look.run();
      trouble = null;
    } catch (RuntimeException e) {
      // A server that is away comes back; if it does not, settling says so.
      trouble = String.valueOf(e.getMessage());
      LOG.warn("the demo's outer world could not act: {}", trouble);
    }
  }

  /** What keeps the outer world from acting, or null. */
  @Nullable String trouble() {
    return trouble;
  }

  @Override
  public void close() {
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.warn("the demo's outer world did not stop in 5 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
