package commondata.config;

import commondata.database.Database;
import commondata.measure.LogMeasures;
import commondata.measure.NodeMeasures;
import commondata.subscription.Sequencer;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Measures the log and this node; {@code docs/reference/measures.md} names each figure. */
@Configuration(proxyBeanMethods = false)
class MeasureConfiguration {

  private static final Duration REST = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final double UNHEALTHY_SECONDS = 60;

  @Bean
  LogMeasures logMeasures(Database database) {
    return new LogMeasures(database.login(Sequencer.LOGIN), REST);
  }

  @Bean
  NodeMeasures nodeMeasures(MeterRegistry registry) {
    return new NodeMeasures(registry);
  }

  /**
   * The log is well if it can be asked, and what is published gets its position. In an outage, just
   * when it is asked for, the answer comes all the same.
   */
  @Bean
  HealthIndicator logHealthIndicator(LogMeasures measures) {
    return () -> {
      measures.lookWithin(PATIENCE);
      double stampLag = measures.stampLagSeconds();
      double age = measures.ageSeconds();
      Health.Builder health =
          stampLag > UNHEALTHY_SECONDS || age > UNHEALTHY_SECONDS ? Health.down() : Health.up();
      return health.withDetail("stampLagSeconds", stampLag).withDetail("ageSeconds", age).build();
    };
  }
}
