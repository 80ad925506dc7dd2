package commondata.database;

import java.sql.Connection;
import java.util.Arrays;
import java.util.Collections;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.support.TransactionCallback;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * One login to the database with a small pool of its own. Thread-safe.
 *
 * <p>Statements of {@link #jdbc()} run in the transaction that {@link #inTransaction} opened on
 * this thread, or each in its own.
 */
public final class Login {

  private final String name;
  private final DataSource dataSource;
  private final JdbcClient jdbc;
  private final TransactionTemplate transactions;
  private final AfterCommit published;
  private final Turns turns;

  /**
   * @param connections of the data source, at most
   */
  Login(String name, DataSource dataSource, int connections, Runnable onPublished) {
    this.name = name;
    this.dataSource = new OrderedSource(dataSource);
    this.jdbc = JdbcClient.create(this.dataSource);
    this.transactions = new TransactionTemplate(new Commits(this.dataSource));
    this.published = new AfterCommit(onPublished);
    this.turns = new Turns(connections);
  }

  /** The role's name, such as {@code payment_service}. */
  public String name() {
    return name;
  }

  public DataSource dataSource() {
    return dataSource;
  }

  public JdbcClient jdbc() {
    return jdbc;
  }

  /**
   * Executes a statement whose result nobody waits for, such as an effect of a handler. In a
   * transaction of this login it waits on this side with those that follow it and have the same
   * text, and they go to the server together: a thousand statements cost a few round trips instead
   * of a thousand. One that is alone goes together with the events that the transaction publishes,
   * and with its COMMIT. They are sent before another statement is made in the transaction, at its
   * end, and at the end of a batch's handlers; so the server does all statements in the order of
   * the calls, and what is read is up to date; what {@code Outbox} publishes comes behind them.
   * Without an open transaction, or behind a savepoint, it is sent at once.
   *
   * <p>What the server refuses is thrown by whoever sends it, not here: the next statement, the end
   * of the handlers, or {@link #inTransaction}.
   *
   * @param sql one INSERT, UPDATE, DELETE or MERGE, with question marks for the values. Not a
   *     SELECT: how much of it is done depends on its company. Few texts: each is prepared anew
   * @param values what a {@code PreparedStatement} takes as objects: an {@code OffsetDateTime}, but
   *     no {@code Instant} and no enum
   * @throws org.springframework.dao.DataAccessException if it was sent, and refused
   */
  public void write(String sql, @Nullable Object... values) {
    Writes waiting = Commits.writes(dataSource);
    Writes writes = waiting == null ? new Writes(dataSource) : waiting;
    writes.add(new Write(sql, Collections.unmodifiableList(Arrays.asList(values))));
    if (waiting == null) {
      writes.send();
    }
  }

  /** Turns at its connections, for work that needs several at once. */
  public Turns turns() {
    return turns;
  }

  /**
   * Runs {@code work} in a read committed transaction: the one open on this thread, or a new one.
   * Any exception rolls it back and comes out as it is.
   */
  public <T> T inTransaction(Supplier<T> work) {
    return execute(status -> work.get());
  }

  /** As {@link #inTransaction}, without a result. */
  public void inTransactionDo(Runnable work) {
    execute(
        status -> {
          work.run();
          return true;
        });
  }

  /**
   * What the transaction open on this thread sends with its COMMIT, made by {@code first} if there
   * is nothing yet; null if {@link #inTransaction} has opened none, or it has a savepoint: then the
   * caller sends at once.
   *
   * @throws IllegalStateException if the transaction open on this thread is on another data source:
   *     what it rolls back would stay sent
   */
  public @Nullable Unsent unsent(Supplier<? extends Unsent> first) {
    if (TransactionSynchronizationManager.isActualTransactionActive()
        && !Commits.isOpen(dataSource)) {
      throw new IllegalStateException(
          "a transaction is open on this thread, and login \"%s\" has no part in it: what it rolls back would stay published. Publish in a transaction of that login, or when this one has ended"
              .formatted(name));
    }
    return Commits.unsent(dataSource, first);
  }

  /** Sends what would go with the COMMIT now: the server's answer belongs to the work so far. */
  public void sendUnsent() {
    Commits.send(dataSource);
  }

  /**
   * What has become of the session of the transaction open on this thread, which failed: asks the
   * server.
   */
  public SessionState sessionState() {
    Commits.forget(dataSource);
    Connection connection = DataSourceUtils.getConnection(dataSource);
    try {
      return SessionState.of(connection);
    } finally {
      DataSourceUtils.releaseConnection(connection, dataSource);
    }
  }

  /**
   * As {@link #inTransaction}, but what was done is only kept if its result is wanted; else it is
   * rolled back, and the result tells what would have been. What waits to be sent is sent before:
   * that the server refuses it would have been, too.
   */
  public <T> T inTransactionKeptIf(Predicate<T> wanted, Supplier<T> work) {
    return execute(
        status -> {
          T result = work.get();
          if (!wanted.test(result)) {
            sendUnsent();
            status.setRollbackOnly();
          }
          return result;
        });
  }

  /** What a transaction was rolled back for is told even if its connection is lost. */
  private <T> T execute(TransactionCallback<T> work) {
    AtomicReference<@Nullable Throwable> first = new AtomicReference<>();
    try {
      return transactions.execute(
          status -> {
            try {
              return work.doInTransaction(status);
            } catch (RuntimeException | Error e) {
              first.set(e);
              throw e;
            }
          });
    } catch (RuntimeException e) {
      Throwable why = first.get();
      if (why != null && why != e) {
        e.addSuppressed(why);
      }
      throw e;
    }
  }

  /**
   * Says that something was published: those who asked the {@link Database} are told when the open
   * transaction is committed, once, or now if none is open.
   */
  public void published() {
    published.soon();
  }

  @Override
  public String toString() {
    return name;
  }
}
