package commondata.subscription;

import commondata.database.Login;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.DataSourceUtils;

/**
 * Cuts a handler off that takes too long, so that it does not hold its part for ever:
 *
 * <ol>
 *   <li>at the limit, the statement under way is cancelled and the thread interrupted: as a rule
 *       the handler ends with an exception and the transaction is rolled back;
 *   <li>if it still runs after a grace, its connection is aborted: the server rolls back and frees
 *       the part, and whatever the handler does next fails;
 *   <li>if it does not end even then (a loop that asks nobody), the thread is given up: others are
 *       told what it was at, so that the failure is counted without it.
 * </ol>
 *
 * <p>After {@link #close} nothing is cancelled or interrupted any more: what the thread does next
 * is safe. The limit is for one event, or for one call of a batch handler. A batch of slow events
 * is committed in pieces: it holds its locks, and is silent, for {@link #BATCH} and one event at
 * most.
 */
final class TimeLimit implements AutoCloseable {

  static final Duration GRACE = Duration.ofSeconds(2);

  /** How long a batch goes on to its next event; a node that stops waits for it. */
  static final Duration BATCH = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(TimeLimit.class);
  private static final ScheduledThreadPoolExecutor WATCHDOG = watchdog();

  /** What waits for a server that may be silent: one thread each, as many as hang at a time. */
  private static final ExecutorService HANDS =
      Executors.newCachedThreadPool(work -> daemon(work, "handler-cutter"));

  private final Thread thread = Thread.currentThread();
  private final Connection connection;
  private final DataSource dataSource;
  private final long limitNanos;
  private final Runnable abandon;
  private final long batchBegun = System.nanoTime();
  private volatile long begun = batchBegun;
  private boolean over;
  private boolean closed;
  private @Nullable Future<?> next;

  private TimeLimit(DataSource dataSource, Duration limit, Runnable abandon) {
    this.dataSource = dataSource;
    this.connection = DataSourceUtils.getConnection(dataSource);
    this.limitNanos = limit.toNanos();
    this.abandon = abandon;
  }

  private static ScheduledThreadPoolExecutor watchdog() {
    ScheduledThreadPoolExecutor watchdog =
        new ScheduledThreadPoolExecutor(1, work -> daemon(work, "handler-watchdog"));
    watchdog.setRemoveOnCancelPolicy(true);
    return watchdog;
  }

  private static Thread daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  /** How long a handler of a subscription may take for one event. */
  static Duration of(String subscription, Login login) {
    return Duration.ofMillis(
        login
            .jdbc()
            .sql(
                """
                SELECT s.time_limit_ms
                FROM commondata.subscription AS s
                WHERE s.name = :name
                """)
            .param("name", subscription)
            .query(Long.class)
            .single());
  }

  /** Watches this thread from now on; it has a transaction open on that data source. */
  static TimeLimit begin(DataSource dataSource, Duration limit, Runnable abandon) {
    TimeLimit begun = new TimeLimit(dataSource, limit, abandon);
    begun.in(begun.limitNanos, begun::cutOff);
    return begun;
  }

  /** The next event may begin, with the whole limit; false: the batch has taken long enough. */
  boolean restart() {
    begun = System.nanoTime();
    return begun - batchBegun < BATCH.toNanos();
  }

  /** Whether the limit was reached. */
  synchronized boolean isOver() {
    return over;
  }

  private synchronized void in(long nanos, Runnable step) {
    if (!closed) {
      // The watchdog itself waits for nobody: others' limits are behind it.
      next = WATCHDOG.schedule(() -> HANDS.execute(step), nanos, TimeUnit.NANOSECONDS);
    }
  }

  private synchronized void cutOff() {
    long left = limitNanos - (System.nanoTime() - begun);
    if (closed || left > 0) {
      in(left, this::cutOff);
      return;
    }
    over = true;
    try {
      connection.unwrap(PGConnection.class).cancelQuery();
    } catch (SQLException e) {
      LOG.warn("a statement of {} could not be cancelled: {}", thread.getName(), e.getMessage());
    }
    thread.interrupt();
    in(GRACE.toNanos(), this::abort);
  }

  private synchronized void abort() {
    if (closed) {
      return;
    }
    LOG.warn("{} does not end when it is interrupted: its connection is cut", thread.getName());
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      LOG.warn("a connection of {} could not be cut: {}", thread.getName(), e.getMessage());
    }
    in(GRACE.toNanos(), this::giveUp);
  }

  private void giveUp() {
    synchronized (this) {
      if (closed) {
        return;
      }
    }
    LOG.error(
        "{} is given up: its handler ignores interrupts and will not end. Others go on with its"
            + " events; mend the handler and start this node again",
        thread.getName());
    try {
      abandon.run();
    } catch (RuntimeException e) {
      // Nothing is counted then; the next worker finds the event where it was.
      LOG.error("what {} was at could not be counted", thread.getName(), e);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      if (next != null) {
        next.cancel(false);
      }
      if (over) {
        // The interrupt was for the handler.
        Thread.interrupted();
      }
    }
    DataSourceUtils.releaseConnection(connection, dataSource);
  }
}
