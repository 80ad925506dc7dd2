package peers;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * An executor that begins to work when it is opened. Peers that hand events to a thread of the
 * publishing process after its commit can so be measured as the others are: first publishing, then
 * handling. It is their fastest way: nothing is read back from the database.
 */
final class Gate implements Executor, AutoCloseable {

  private final ThreadPoolExecutor workers;
  private final LinkedBlockingQueue<Runnable> held = new LinkedBlockingQueue<>();
  private volatile boolean open;

  Gate(int threads) {
    this.workers =
        new ThreadPoolExecutor(
            threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<Runnable>());
    workers.prestartAllCoreThreads();
  }

  @Override
  public void execute(Runnable work) {
    if (open) {
      workers.execute(work);
    } else {
      held.add(work);
    }
  }

  /** Nobody may be publishing now. */
  void open() {
    open = true;
    for (Runnable work = held.poll(); work != null; work = held.poll()) {
      workers.execute(work);
    }
  }

  @Override
  public void close() {
    workers.shutdown();
    try {
      if (workers.awaitTermination(30, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    workers.shutdownNow();
  }
}
