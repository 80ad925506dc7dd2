package commondata.embedded;

import commondata.home.SetupException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the embedded server again when it has died under a node that works with it. What was not
 * committed is undone by the server; connections are made anew by the pools.
 */
public final class ServerWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ServerWatch.class);
  private static final long PERIOD_MS = 1_000;

  private final EmbeddedPostgres server;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "server-watch");
            thread.setDaemon(true);
            return thread;
          });

  private ServerWatch(EmbeddedPostgres server) {
    this.server = server;
  }

  public static ServerWatch over(EmbeddedPostgres server) {
    ServerWatch watch = new ServerWatch(server);
    var unused =
        watch.timer.scheduleWithFixedDelay(
            watch::look, PERIOD_MS, PERIOD_MS, TimeUnit.MILLISECONDS);
    return watch;
  }

  private void look() {
    try {
      if (server.ensureRunning()) {
        LOG.warn("the database server had died and was started again");
      }
    } catch (SetupException e) {
      LOG.error("the database server can't be started again: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    timer.shutdown();
  }
}
