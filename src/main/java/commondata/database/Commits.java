package commondata.database;

import commondata.fault.FaultPoint;
import java.sql.SQLException;
import java.util.Objects;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The transactions of a login. What one of them has still to send ({@link Writes}, {@link Unsent})
 * is kept with the connection it is bound to, so that a transaction of another manager inside of it
 * has none of it. Names the moments before and after a commit.
 */
final class Commits extends JdbcTransactionManager {

  private static final long serialVersionUID = 1L;

  /** Of one open transaction. */
  private static final class Tail {
    private final Writes writes;
    private @Nullable Unsent unsent;
    private boolean hasSavepoint;

    Tail(DataSource dataSource) {
      writes = new Writes(dataSource);
    }
  }

  Commits(DataSource dataSource) {
    super(dataSource);
  }

  /**
   * What the transaction open on this thread has still to send, made if there is nothing yet; null
   * if no transaction of a login is open on this data source, or it has a savepoint: then whatever
   * is sent goes at once.
   */
  static @Nullable Unsent unsent(DataSource dataSource, Supplier<? extends Unsent> first) {
    Tail tail = tailOf(dataSource);
    if (tail == null || tail.hasSavepoint) {
      return null;
    }
    Unsent unsent = tail.unsent;
    if (unsent == null) {
      unsent = first.get();
      tail.unsent = unsent;
    }
    return unsent;
  }

  /** What the transaction open on this thread writes; null in the cases of {@link #unsent}. */
  static @Nullable Writes writes(DataSource dataSource) {
    Tail tail = tailOf(dataSource);
    return tail == null || tail.hasSavepoint ? null : tail.writes;
  }

  /**
   * Whether the transaction open on this thread, of whatever manager, is one on this data source. A
   * connection alone does not say so: beside a transaction on another one, the first statement
   * binds a connection that commits each by itself.
   */
  static boolean isOpen(DataSource dataSource) {
    try {
      return TransactionSynchronizationManager.getResource(dataSource)
              instanceof ConnectionHolder held
          && !held.getConnection().getAutoCommit();
    } catch (SQLException e) {
      throw new CannotGetJdbcConnectionException("the open transaction has lost its connection", e);
    }
  }

  /** Sends what the open transaction has still to send; the transaction stays open. */
  static void send(DataSource dataSource) {
    Tail tail = tailOf(dataSource);
    if (tail != null) {
      orRollBack(dataSource, () -> send(tail, false));
    }
  }

  /** The open transaction, if it is on that connection, is about to make a savepoint. */
  static void sendFromNowOn(DataSource dataSource, Object connection) {
    Tail tail = tailOn(dataSource, connection);
    if (tail != null) {
      orRollBack(dataSource, () -> send(tail, false));
      tail.hasSavepoint = true;
    }
  }

  /** The open transaction, if it is on that connection, is about to make another statement. */
  static void sendWrites(DataSource dataSource, Object connection) {
    Tail tail = tailOn(dataSource, connection);
    if (tail != null) {
      orRollBack(dataSource, tail.writes::send);
    }
  }

  /** What could not be sent is lost: the transaction can't commit without it, whoever goes on. */
  private static void orRollBack(DataSource dataSource, Runnable sending) {
    try {
      sending.run();
    } catch (RuntimeException e) {
      if (TransactionSynchronizationManager.getResource(dataSource)
          instanceof ConnectionHolder held) {
        held.setRollbackOnly();
      }
      throw e;
    }
  }

  /** The open transaction will be rolled back, whatever else is said on its connection. */
  static void forget(DataSource dataSource) {
    Tail tail = tailOf(dataSource);
    if (tail != null) {
      tail.writes.forget();
      tail.unsent = null;
    }
  }

  /** One round trip, unless several writes wait, or many events, or some due at several times. */
  private static void send(Tail tail, boolean commits) {
    Unsent unsent = tail.unsent;
    tail.unsent = null;
    if (unsent != null) {
      if (!unsent.isSmall()) {
        tail.writes.send();
      }
      unsent.send(tail.writes.sendAllButOne(), commits);
    } else if (commits) {
      tail.writes.sendAndCommit();
    } else {
      tail.writes.send();
    }
  }

  private static @Nullable Tail tailOf(DataSource dataSource) {
    Object connection = TransactionSynchronizationManager.getResource(dataSource);
    return connection == null
        ? null
        : (Tail) TransactionSynchronizationManager.getResource(connection);
  }

  private static @Nullable Tail tailOn(DataSource dataSource, Object connection) {
    return TransactionSynchronizationManager.getResource(dataSource)
                instanceof ConnectionHolder held
            && held.getConnection() == connection
        ? tailOf(dataSource)
        : null;
  }

  private Object connection() {
    return Objects.requireNonNull(
        TransactionSynchronizationManager.getResource(obtainDataSource()), "connection");
  }

  @Override
  protected void doBegin(Object transaction, TransactionDefinition definition) {
    super.doBegin(transaction, definition);
    TransactionSynchronizationManager.bindResource(connection(), new Tail(obtainDataSource()));
  }

  /** Only for the outermost of nested transactions: the inner ones commit nothing. */
  @Override
  protected void doCommit(DefaultTransactionStatus status) {
    FaultPoint.TRANSACTION_DONE.reached();
    // With a COMMIT sent behind the tail, the one below finds nothing to do and sends nothing.
    send((Tail) TransactionSynchronizationManager.unbindResource(connection()), true);
    super.doCommit(status);
    FaultPoint.TRANSACTION_COMMITTED.reached();
  }

  @Override
  protected void doCleanupAfterCompletion(Object transaction) {
    TransactionSynchronizationManager.unbindResourceIfPossible(connection());
    super.doCleanupAfterCompletion(transaction);
  }
}
