package peers;

import com.gruelbox.transactionoutbox.Dialect;
import com.gruelbox.transactionoutbox.Instantiator;
import com.gruelbox.transactionoutbox.Persistor;
import com.gruelbox.transactionoutbox.Submitter;
import com.gruelbox.transactionoutbox.ThreadLocalContextTransactionManager;
import com.gruelbox.transactionoutbox.TransactionOutbox;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import javax.validation.ValidationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * gruelbox transaction-outbox. A call is stored as a row and made by a thread of the same process
 * after the commit; {@code flush()} finds what is left. Its README: the default submitter, work in
 * the transaction of the call, flush in a loop "as often as you like".
 *
 * <p>Here: 16 threads, which on two cores let commits share a write to disk. A backlog is drained
 * from the queue in memory ({@link Gate}), which saves the two further writes an event that flush()
 * makes. When only polling is measured, flush() runs each 100 ms and tasks are due at once.
 */
final class Gruelbox implements Contestant {

  private static final Logger LOG = LoggerFactory.getLogger(Gruelbox.class);
  private static final int THREADS = 16;
  private static final Duration POLL_INTERVAL = Duration.ofMillis(100);

  private static final int ATTEMPTS = 10;

  /** As soon as its validation allows, which demands a time in the future. */
  private static final Duration DUE_AT_ONCE = Duration.ofMillis(30);

  /** What is stored and called; parameters as the default serializer allows them. */
  interface Delivery {
    void deliver(int reader, long id, long at, String text);
  }

  private final Setting setting;
  private final HikariDataSource pool;
  private final Gate gate = new Gate(THREADS);
  private final ThreadLocalContextTransactionManager transactions;
  private final TransactionOutbox outbox;
  private volatile boolean flushing;
  private @Nullable Thread flusher;

  Gruelbox(Setting setting) {
    this.setting = setting;
    this.pool = setting.place().pool();
    this.transactions = com.gruelbox.transactionoutbox.TransactionManager.fromDataSource(pool);
    boolean polls = setting.pace() == Pace.POLL;
    this.outbox =
        TransactionOutbox.builder()
            .transactionManager(transactions)
            .persistor(Persistor.forDialect(Dialect.POSTGRESQL_9))
            .instantiator(Instantiator.using(type -> (Delivery) this::deliver))
            .submitter(submitter(polls))
            .attemptFrequency(polls ? DUE_AT_ONCE : Duration.ofMinutes(2))
            .serializeMdc(false)
            .build();
  }

  /** When only polling is measured, nothing is submitted before {@code flush()} runs. */
  private Submitter submitter(boolean polls) {
    Submitter local = Submitter.withExecutor(gate);
    return polls
        ? (entry, work) -> {
          if (flushing && Thread.currentThread() == flusher) {
            local.submit(entry, work);
          }
        }
        : local;
  }

  @Override
  public void publish(long id) {
    for (int attempt = 1; ; attempt++) {
      try {
        publishOnce(id);
        return;
      } catch (ValidationException e) {
        // The machine paused, and the time was not in the future any more.
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private void publishOnce(long id) {
    transactions.inTransaction(
        transaction -> {
          Connection connection = transaction.connection();
          try (PreparedStatement insert = connection.prepareStatement(Tables.INSERT_BUSINESS)) {
            insert.setLong(1, id);
            insert.setString(2, Done.keyOf(id));
            insert.setLong(3, id);
            insert.executeUpdate();
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
          Done event = Done.now(id);
          for (int reader = 1; reader <= setting.readers(); reader++) {
            outbox.schedule(Delivery.class).deliver(reader, event.id(), event.at(), event.text());
          }
        });
  }

  private void deliver(int reader, long id, long at, String text) {
    Done event = new Done(id, at, text);
    transactions.requireTransaction(
        transaction -> {
          try (PreparedStatement insert =
              transaction.connection().prepareStatement(Tables.INSERT_EFFECT)) {
            insert.setInt(1, reader);
            insert.setLong(2, id);
            insert.setString(3, event.key());
            insert.executeUpdate();
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        });
    setting.tally().handled(event);
  }

  @Override
  public void start() {
    gate.open();
    if (setting.pace() == Pace.POLL) {
      flushing = true;
      flusher = new Thread(this::flushNowAndThen, "flusher");
      flusher.start();
    }
  }

  private void flushNowAndThen() {
    while (flushing) {
      try {
        outbox.flush();
      } catch (RuntimeException e) {
        // As its README has it: the next round tries again.
        LOG.warn("flush failed: {}", e.getMessage());
      }
      LockSupport.parkNanos(POLL_INTERVAL.toNanos());
    }
  }

  @Override
  public void stop() throws InterruptedException {
    flushing = false;
    if (flusher != null) {
      flusher.join();
    }
  }

  @Override
  public void close() {
    flushing = false;
    gate.close();
    pool.close();
  }
}
