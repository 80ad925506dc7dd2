package peers;

import com.zaxxer.hikari.HikariDataSource;
import java.util.List;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What contestants without a library have in common: two readers on plain JDBC, one a core. */
abstract class ByHand implements Contestant {

  static final int READERS = 2;
  static final int BATCH = 1_000;

  final Setting setting;
  final Tables tables;
  final JdbcTemplate jdbc;
  final TransactionTemplate transactions;
  final Loops loops = new Loops();
  private final HikariDataSource pool;

  ByHand(Setting setting) {
    this.setting = setting;
    this.pool = setting.place().pool();
    this.tables = new Tables(pool);
    this.jdbc = new JdbcTemplate(pool);
    this.transactions = new TransactionTemplate(new JdbcTransactionManager(pool));
  }

  /** The event's row, in the transaction of the business row. */
  abstract void append(long id);

  @Override
  public void publish(long id) {
    transactions.executeWithoutResult(
        status -> {
          tables.business(id);
          append(id);
        });
  }

  /** The one reader's work, in the open transaction. */
  final void handle(List<Done> events, Effects effects) {
    switch (effects) {
      case ONE_BY_ONE -> events.forEach(event -> tables.effect(1, event));
      case TOGETHER -> tables.effectsTogether(1, events);
      case ONE_STATEMENT -> tables.effects(1, events);
    }
    events.forEach(setting.tally()::handled);
  }

  @Override
  public void stop() throws InterruptedException {
    loops.stop();
  }

  @Override
  public void close() {
    pool.close();
  }
}
