package commondata.feed;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * The open transaction, whose locks say that this node lives. The server ends it when nothing was
 * said in it for a minute; so whatever may take long without a statement (reading a file to its
 * end) is done by another thread, and this one asks the server something every few seconds.
 */
final class Lease {

  private static final Duration TOUCH = Duration.ofSeconds(5);
  private static final String ASK =
      """
      SELECT 1
      """;

  private final JdbcTemplate jdbc;
  private final String what;
  private final Duration touch;

  /**
   * @param what the work it is held for, as a thread's name
   */
  Lease(JdbcTemplate jdbc, String what) {
    this(jdbc, what, TOUCH);
  }

  Lease(JdbcTemplate jdbc, String what, Duration touch) {
    this.jdbc = jdbc;
    this.what = what;
    this.touch = touch;
  }

  /**
   * Does work that says nothing to the server; throws what it throws. Without the locks there is no
   * going on: the work is then interrupted, and has ended when this returns.
   */
  <T> T during(Callable<T> work) {
    ExecutorService worker = Executors.newSingleThreadExecutor(task -> new Thread(task, what));
    try {
      return await(worker.submit(work));
    } catch (ExecutionException e) {
      throw unchecked(e.getCause());
    } finally {
      worker.shutdownNow();
      end(worker);
    }
  }

  /** Waits for work that another thread does. */
  <T> T await(Future<T> future) throws ExecutionException {
    while (true) {
      try {
        return future.get(touch.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        jdbc.queryForObject(ASK, Integer.class);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("the " + what + " was interrupted", e);
      }
    }
  }

  /** What a worker threw, to be thrown here. */
  static RuntimeException unchecked(@Nullable Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return failure instanceof RuntimeException error ? error : new IllegalStateException(failure);
  }

  /** Waits for workers that use what is closed behind this: they must be gone first. */
  static void end(ExecutorService workers) {
    workers.shutdown();
    boolean interrupted = false;
    while (!workers.isTerminated()) {
      try {
        workers.awaitTermination(TOUCH.toSeconds(), TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
