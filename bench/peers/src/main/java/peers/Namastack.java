package peers;

import io.namastack.outbox.Outbox;
import io.namastack.outbox.OutboxProcessingScheduler;
import io.namastack.outbox.handler.OutboxRecordMetadata;
import io.namastack.outbox.handler.OutboxTypedHandler;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * namastack-outbox, by its JDBC starter. Settings are the platform-thread candidate of its
 * performance-tuning page: fixed trigger of 25 ms, 1,000 keys a cycle, 16 to 32 threads, heartbeat
 * and rebalance each second, completed records kept. It has no wake-up.
 */
final class Namastack implements Contestant {

  private final ConfigurableApplicationContext context;
  private final Outbox outbox;
  private final Tables tables;
  private final TransactionTemplate transactions;
  private final OutboxProcessingScheduler processing;

  Namastack(Setting setting) {
    this.context = SpringContexts.start(Application.class, setting, properties(setting.pace()));
    this.outbox = context.getBean(Outbox.class);
    this.tables = new Tables(context.getBean(DataSource.class));
    this.transactions = context.getBean(TransactionTemplate.class);
    this.processing = context.getBean(OutboxProcessingScheduler.class);
    processing.stop();
  }

  private static List<String> properties(Pace pace) {
    return List.of(
        "spring.autoconfigure.exclude=" + String.join(",", SpringModulith.AUTO_CONFIGURATIONS),
        "namastack.outbox.polling.trigger=fixed",
        "namastack.outbox.polling.batch-size=1000",
        "namastack.outbox.polling.fixed.interval=" + (pace == Pace.BACKLOG ? "25ms" : "100ms"),
        "namastack.outbox.processing.delete-completed-records=false",
        "namastack.outbox.processing.stop-on-first-failure=true",
        "namastack.outbox.processing.executor-core-pool-size=16",
        "namastack.outbox.processing.executor-max-pool-size=32",
        "namastack.outbox.instance.heartbeat-interval=1s",
        "namastack.outbox.instance.stale-instance-timeout=10s",
        "namastack.outbox.instance.rebalance-interval=1s");
  }

  @Override
  public void publish(long id) {
    transactions.executeWithoutResult(
        status -> {
          tables.business(id);
          outbox.schedule(Done.now(id), Done.keyOf(id));
        });
  }

  @Override
  public void start() {
    processing.start();
  }

  @Override
  public void stop() {
    processing.stop();
  }

  @Override
  public void close() {
    context.close();
  }

  /** The application, with its one handler. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {

    @Bean
    Handler handler(Setting setting, DataSource dataSource) {
      return new Handler(setting, new Tables(dataSource));
    }
  }

  record Handler(Setting setting, Tables tables) implements OutboxTypedHandler<Done> {
    @Override
    public void handle(Done event, OutboxRecordMetadata metadata) {
      tables.effect(1, event);
      setting.tally().handled(event);
    }
  }
}
