package peers;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * db-scheduler: a one-time task an event, staged in the transaction of the business row as its
 * example TransactionallyStagedJob does. For throughput its docs/performance.md recommends
 * lock-and-fetch; the settings are those of its own benchmark: 20 threads, limits 4.0 and 20.0.
 * Woken: enableImmediateExecution, hinted after the commit.
 */
final class DbScheduler implements Contestant {

  private static final int THREADS = 20;

  private final Setting setting;
  private final HikariDataSource pool;
  private final Tables tables;
  private final TransactionTemplate transactions;
  private final List<TaskDescriptor<Done>> descriptors = new ArrayList<>();
  private final Scheduler scheduler;

  DbScheduler(Setting setting) {
    this.setting = setting;
    this.pool = setting.place().pool();
    this.tables = new Tables(pool);
    this.transactions = new TransactionTemplate(new JdbcTransactionManager(pool));
    List<Task<?>> tasks = new ArrayList<>();
    for (int n = 1; n <= setting.readers(); n++) {
      int reader = n;
      TaskDescriptor<Done> descriptor = TaskDescriptor.of("reader-" + reader, Done.class);
      descriptors.add(descriptor);
      tasks.add(
          Tasks.oneTime(descriptor).execute((task, context) -> handle(reader, task.getData())));
    }
    SchedulerBuilder builder =
        Scheduler.create(new TransactionAwareDataSourceProxy(pool), tasks)
            .threads(THREADS)
            .pollUsingLockAndFetch(4.0, 20.0)
            .pollingInterval(Duration.ofMillis(100));
    this.scheduler = builder.build();
  }

  private void handle(int reader, Done event) {
    tables.effect(reader, event);
    setting.tally().handled(event);
  }

  @Override
  public void publish(long id) {
    transactions.executeWithoutResult(
        status -> {
          tables.business(id);
          Done event = Done.now(id);
          for (TaskDescriptor<Done> descriptor : descriptors) {
            scheduler.scheduleIfNotExists(
                descriptor.instance("event-" + id).data(event).scheduledTo(Instant.now()));
          }
        });
    if (setting.pace() == Pace.WOKEN) {
      // What enableImmediateExecution does too early inside a transaction, as its README says.
      scheduler.triggerCheckForDueExecutions();
    }
  }

  @Override
  public void start() {
    scheduler.start();
  }

  @Override
  public void stop() {
    scheduler.stop();
  }

  @Override
  public void close() {
    pool.close();
  }
}
