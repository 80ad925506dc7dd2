package peers;

import java.util.List;
import java.util.concurrent.Executor;
import javax.sql.DataSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.modulith.events.ApplicationModuleListener;
import org.springframework.scheduling.annotation.AsyncConfigurer;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Spring Modulith's event publication registry on JDBC: a row a listener in the transaction of the
 * business row, the listener on a thread of the same process after the commit, then an update of
 * that row. Completed publications are deleted, as its reference advises against a growing table.
 * It does not poll: what a crash left is resubmitted by the application.
 *
 * <p>Here: 16 threads, behind a {@link Gate}.
 */
final class SpringModulith implements Contestant {

  /** Must not meet those of namastack in one context. */
  static final List<String> AUTO_CONFIGURATIONS =
      List.of(
          "org.springframework.modulith.core.config.ApplicationModuleInitializerRuntimeVerification",
          "org.springframework.modulith.events.config.EventPublicationAutoConfiguration",
          "org.springframework.modulith.events.config.EventExternalizationAutoConfiguration",
          "org.springframework.modulith.events.jackson.JacksonEventSerializationConfiguration",
          "org.springframework.modulith.events.jdbc.JdbcEventPublicationAutoConfiguration",
          "org.springframework.modulith.moments.autoconfigure.MomentsAutoConfiguration");

  private static final int THREADS = 16;

  private final ConfigurableApplicationContext context;
  private final Tables tables;
  private final TransactionTemplate transactions;

  SpringModulith(Setting setting) {
    this.context =
        SpringContexts.start(
            Application.class,
            setting,
            List.of(
                "namastack.outbox.enabled=false",
                "spring.modulith.events.jdbc.schema-initialization.enabled=true",
                "spring.modulith.events.completion-mode=delete"));
    this.tables = new Tables(context.getBean(DataSource.class));
    this.transactions = context.getBean(TransactionTemplate.class);
  }

  @Override
  public void publish(long id) {
    transactions.executeWithoutResult(
        status -> {
          tables.business(id);
          context.publishEvent(Done.now(id));
        });
  }

  @Override
  public void start() {
    context.getBean(Gate.class).open();
  }

  @Override
  public void stop() {
    // Its threads rest when there is nothing to do.
  }

  @Override
  public void close() {
    context.close();
  }

  /** The application, with its one listener. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @EnableAsync
  static class Application {

    @Bean
    Gate gate() {
      return new Gate(THREADS);
    }

    @Bean
    AsyncConfigurer asyncConfigurer(Gate gate) {
      return new AsyncConfigurer() {
        @Override
        public Executor getAsyncExecutor() {
          return gate;
        }
      };
    }

    @Bean
    Handler handler(Setting setting, DataSource dataSource) {
      return new Handler(setting, new Tables(dataSource));
    }
  }

  static class Handler {

    private final Setting setting;
    private final Tables tables;

    Handler(Setting setting, Tables tables) {
      this.setting = setting;
      this.tables = tables;
    }

    @ApplicationModuleListener
    void on(Done event) {
      tables.effect(1, event);
      setting.tally().handled(event);
    }
  }
}
