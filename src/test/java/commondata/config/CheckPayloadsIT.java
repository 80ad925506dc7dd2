package commondata.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.database.Database;
import commondata.event.EventCodec;
import commondata.event.EventRefusedException;
import commondata.event.NewEvent;
import commondata.event.Outbox;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;
import testkit.TestDatabase;

/** {@code commondata.check-payloads}, as a node is really put together. */
final class CheckPayloadsIT {

  @RegisterExtension static final TestDatabase DATABASE = TestDatabase.fresh();

  private static final NewEvent UNFIT = NewEvent.of("test.checked", "k", "{\"id\": 1}");

  @BeforeAll
  static void register() {
    DATABASE
        .superuser()
        .sql("SELECT commondata.register_type('test.checked', 1, CAST(:schema AS jsonb))")
        .param("schema", "{\"properties\": {\"id\": {\"type\": \"string\"}}}")
        .query()
        .singleValue();
  }

  @Test
  void refusesWhatDoesNotFitItsSchemaWhenItIsOn() {
    try (AnnotationConfigApplicationContext node =
        node(Map.of("commondata.check-payloads", "true"))) {
      Outbox outbox = outbox(node);

      assertThatThrownBy(() -> outbox.publish(UNFIT))
          .isInstanceOf(EventRefusedException.class)
          .hasMessageContaining("does not fit its schema: /id: integer found, string expected");
    }
  }

  @Test
  void publishesItWhenItIsOffAsItIsUnlessSaidOtherwise() {
    Map<String, Object> nothing = Map.of();
    Map<String, Object> off = Map.of("commondata.check-payloads", "false");
    for (Map<String, Object> properties : List.of(nothing, off)) {
      try (AnnotationConfigApplicationContext node = node(properties)) {
        assertThat(outbox(node).publish(UNFIT)).as("with %s", properties).isNotNull();
      }
    }
  }

  private static Outbox outbox(AnnotationConfigApplicationContext node) {
    return new Outbox(DATABASE.login("order_service"), node.getBean(EventCodec.class));
  }

  private static AnnotationConfigApplicationContext node(Map<String, Object> properties) {
    AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    context
        .getEnvironment()
        .getPropertySources()
        .addFirst(new MapPropertySource("application.yaml", properties));
    context.registerBean(
        Database.class,
        DATABASE::database,
        // The test class closes it, not the node.
        definition -> definition.setDestroyMethodName(""));
    context.registerBean(NodeName.class, () -> new NodeName("checking"));
    context.registerBean(MeterRegistry.class, SimpleMeterRegistry::new);
    context.register(CommonDataConfiguration.class);
    context.refresh();
    return context;
  }
}
