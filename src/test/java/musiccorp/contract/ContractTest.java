package musiccorp.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import commondata.event.EventCodec;
import commondata.event.EventType;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

final class ContractTest {

  private final EventCodec codec = new EventCodec();

  static List<Class<?>> payloadTypes() {
    List<Class<?>> types =
        new ClassFileImporter()
            .withImportOption(new DoNotIncludeTests()).importPackages("musiccorp.contract").stream()
                .filter(type -> type.isAnnotatedWith(EventType.class))
                .<Class<?>>map(JavaClass::reflect)
                .toList();
    assertThat(types).hasSizeGreaterThan(20);
    return types;
  }

  @ParameterizedTest
  @MethodSource("payloadTypes")
  void recordAndSchemaHaveTheSameFields(Class<?> payloadType) {
    JsonNode schema = schemaOf(payloadType);

    assertThat(schema.get("properties").propertyNames())
        .containsExactlyElementsOf(componentsOf(payloadType));
    assertThat(schema.get("required").valueStream().map(JsonNode::asString))
        .as("what may be null is optional")
        .containsExactlyElementsOf(requiredOf(payloadType));
  }

  @ParameterizedTest
  @MethodSource("payloadTypes")
  void recordWritesWhatItsSchemaAsksFor(Class<?> payloadType) throws Exception {
    String json = codec.write(sample(payloadType));

    assertThat(violations(payloadType, json)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("payloadTypes")
  void schemaRefusesAnythingElse(Class<?> payloadType) throws Exception {
    String json = codec.write(sample(payloadType));

    assertThat(violations(payloadType, "{}")).isNotEmpty();
    assertThat(violations(payloadType, json.replaceFirst("\\{", "{\"extra\":1,"))).isNotEmpty();
  }

  @Test
  void amountsHaveTwoDecimalsAtMost() {
    PaymentReceived cents = new PaymentReceived("o-1", "c-1", new BigDecimal("1234567.89"));
    PaymentReceived less = new PaymentReceived("o-1", "c-1", new BigDecimal("0.001"));

    assertThat(codec.write(cents)).contains("\"amount\":1234567.89");
    assertThat(violations(PaymentReceived.class, codec.write(cents))).isEmpty();
    assertThat(violations(PaymentReceived.class, codec.write(less))).isNotEmpty();
  }

  private static List<String> violations(Class<?> payloadType, String json) {
    EventType type = EventCodec.typeOf(payloadType);
    return ContractSchemas.violations(type.value(), type.version(), json);
  }

  private static JsonNode schemaOf(Class<?> payloadType) {
    EventType type = EventCodec.typeOf(payloadType);
    return ContractSchemas.schema(type.value(), type.version()).getSchemaNode();
  }

  private static List<String> componentsOf(Class<?> record) {
    return Stream.of(record.getRecordComponents()).map(RecordComponent::getName).toList();
  }

  private static List<String> requiredOf(Class<?> record) {
    return Stream.of(record.getRecordComponents())
        .filter(component -> !component.getAnnotatedType().isAnnotationPresent(Nullable.class))
        .map(RecordComponent::getName)
        .toList();
  }

  private static Object sample(Class<?> record) throws ReflectiveOperationException {
    RecordComponent[] components = record.getRecordComponents();
    Object[] values = Arrays.stream(components).map(ContractTest::sampleOf).toArray();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    return record.getDeclaredConstructor(types).newInstance(values);
  }

  private static Object sampleOf(RecordComponent component) {
    return switch (component.getName()) {
      case "channel" -> "REST";
      case "cause" -> OrderRejected.Cause.STOCK;
      case "rule" -> "VELOCITY";
      case "shipTo" -> new Address("Ringstr. 1", "Zürich", "", "Switzerland");
      case "lines" ->
          component.getGenericType().getTypeName().contains("StockLine")
              ? List.of(new StockLine("s-1", 2))
              : List.of(new OrderLine(1, "s-1", "Blue", 2, new BigDecimal("0.99")));
      default -> sampleOf(component.getType());
    };
  }

  private static Object sampleOf(Class<?> type) {
    if (type == int.class) {
      return 1;
    }
    if (type == BigDecimal.class) {
      return new BigDecimal("12.30");
    }
    return type == LocalDate.class ? LocalDate.of(2026, 11, 21) : "text";
  }
}
