package peers;

import com.gruelbox.transactionoutbox.Dialect;
import com.gruelbox.transactionoutbox.Instantiator;
import com.gruelbox.transactionoutbox.Persistor;
import com.gruelbox.transactionoutbox.Submitter;
import com.gruelbox.transactionoutbox.ThreadLocalContextTransactionManager;
import com.gruelbox.transactionoutbox.TransactionManager;
import com.gruelbox.transactionoutbox.TransactionOutbox;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * gruelbox transaction-outbox. A call is stored as a row and made by a thread of the same process
 * after the commit, in the transaction that removes the row; what is left is found by {@code
 * flush()}, which is for mopping up and not measured: it writes each row twice more.
 *
 * <p>Here: 16 threads, which on two cores let commits share a write to disk, behind a {@link Gate};
 * no copy of the logging context with each call.
 */
final class Gruelbox implements Contestant {

  private static final int THREADS = 16;

  /** What is stored and called; parameters as the default serializer allows them. */
  interface Delivery {
    void deliver(int reader, long id, long at, String text);
  }

  private final Setting setting;
  private final HikariDataSource pool;
  private final Gate gate = new Gate(THREADS);
  private final ThreadLocalContextTransactionManager transactions;
  private final TransactionOutbox outbox;

  Gruelbox(Setting setting) {
    this.setting = setting;
    this.pool = setting.place().pool();
    this.transactions = TransactionManager.fromDataSource(pool);
    this.outbox =
        TransactionOutbox.builder()
            .transactionManager(transactions)
            .persistor(Persistor.forDialect(Dialect.POSTGRESQL_9))
            .instantiator(Instantiator.using(type -> (Delivery) this::deliver))
            .submitter(Submitter.withExecutor(gate))
            .serializeMdc(false)
            .build();
  }

  @Override
  public void publish(long id) {
    transactions.inTransaction(
        transaction -> {
          insertBusiness(transaction.connection(), id);
          Done event = Done.now(id);
          for (int reader = 1; reader <= setting.readers(); reader++) {
            outbox.schedule(Delivery.class).deliver(reader, event.id(), event.at(), event.text());
          }
        });
  }

  private static void insertBusiness(Connection connection, long id) {
    try (PreparedStatement insert = connection.prepareStatement(Tables.INSERT_BUSINESS)) {
      insert.setLong(1, id);
      insert.setString(2, Done.keyOf(id));
      insert.setLong(3, id);
      insert.executeUpdate();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void deliver(int reader, long id, long at, String text) {
    Done event = new Done(id, at, text);
    transactions.requireTransaction(
        transaction -> insertEffect(transaction.connection(), reader, event));
    setting.tally().handled(event);
  }

  private static void insertEffect(Connection connection, int reader, Done event) {
    try (PreparedStatement insert = connection.prepareStatement(Tables.INSERT_EFFECT)) {
      insert.setInt(1, reader);
      insert.setLong(2, event.id());
      insert.setString(3, event.key());
      insert.executeUpdate();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void start() {
    gate.open();
  }

  @Override
  public void stop() {
    // Its threads rest when there is nothing to do.
  }

  @Override
  public void close() {
    gate.close();
    pool.close();
  }
}
