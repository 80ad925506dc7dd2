package commondata.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

final class BadPropertyTest {

  @EnableConfigurationProperties(CommonDataProperties.class)
  static final class Node {}

  @Test
  void namesPropertyValueAndWhatMayBeSet() {
    assertThat(environment("COMMONDATA_POLL_INTERVAL", "abc"))
        .contains("commondata.poll-interval is \"abc\"", "COMMONDATA_POLL_INTERVAL")
        .endsWith(": set a duration such as 250ms, 2s or 30d");
    assertThat(environment("COMMONDATA_JOBS", "my-jobs"))
        .contains("commondata.jobs is \"my-jobs\"")
        .endsWith(": set true or false");
    assertThat(environment("COMMONDATA_WORKERS", "many"))
        .contains("commondata.workers is \"many\"")
        .endsWith(": set a whole number");
  }

  @Test
  void namesALimit() {
    assertThat(environment("COMMONDATA_POLL_INTERVAL", "2m"))
        .isEqualTo("commondata.poll-interval is 120000 ms: set 1 ms to 60000 ms");
    assertThat(environment("COMMONDATA_BATCH_SIZE", "0"))
        .isEqualTo("commondata.batch-size is 0: set 1 to 10000");
    assertThat(environment("COMMONDATA_RETENTION_KEEP", "1h"))
        .isEqualTo("commondata.retention.keep is 1 h: set 1d to 36500d");
  }

  @Test
  void namesAPropertyThatIsNone() {
    Map<String, Object> file = Map.of("commondata.poll-intervall", "1s");

    assertThat(refusal(new MapPropertySource("application.yaml", file)))
        .contains("commondata.poll-intervall is no property");
  }

  @Test
  void leavesTheVariablesOfTheCommandLineAlone() {
    try (AnnotationConfigApplicationContext context =
        node(variables(Map.of("COMMONDATA_HOME", "/h", "COMMONDATA_BATCH_SIZE", "7")))) {
      context.refresh();

      assertThat(context.getBean(CommonDataProperties.class).batchSize()).isEqualTo(7);
    }
  }

  @Test
  void saysNothingOfOtherErrors() {
    assertThat(BadProperty.explain(new IllegalStateException("x"))).isEmpty();
  }

  private static String environment(String name, String value) {
    return refusal(variables(Map.of(name, value)));
  }

  private static PropertySource<?> variables(Map<String, Object> variables) {
    return new SystemEnvironmentPropertySource(
        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables);
  }

  private static String refusal(PropertySource<?> source) {
    try (AnnotationConfigApplicationContext context = node(source)) {
      return BadProperty.explain(catchThrowable(context::refresh)).orElseThrow();
    }
  }

  private static AnnotationConfigApplicationContext node(PropertySource<?> source) {
    AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    StandardEnvironment environment = new StandardEnvironment();
    environment
        .getPropertySources()
        .remove(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
    environment.getPropertySources().addFirst(source);
    ConfigurationPropertySources.attach(environment);
    context.setEnvironment(environment);
    context.register(Node.class);
    return context;
  }
}
