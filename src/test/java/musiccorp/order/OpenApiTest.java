package musiccorp.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import musiccorp.contract.OrderLine;
import musiccorp.order.Order.PaymentState;
import musiccorp.order.Order.StockState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.yaml.snakeyaml.Yaml;

/** The document says what the code does. */
final class OpenApiTest {

  @Test
  void describesEveryPathOfTheController() {
    Set<String> inCode = new TreeSet<>();
    for (Method method : OrderController.class.getDeclaredMethods()) {
      GetMapping get = method.getAnnotation(GetMapping.class);
      PostMapping post = method.getAnnotation(PostMapping.class);
      if (get != null) {
        inCode.add("get " + get.value()[0]);
      }
      if (post != null) {
        inCode.add("post " + (post.path().length > 0 ? post.path()[0] : post.value()[0]));
      }
    }

    Set<String> inDocument = new TreeSet<>();
    map(document(), "paths")
        .forEach(
            (path, verbs) ->
                asMap(verbs).keySet().forEach(verb -> inDocument.add(verb + " " + path)));

    assertThat(inDocument).isEqualTo(inCode);
  }

  @Test
  void describesEveryFieldOfWhatIsSentAndReceived() {
    assertThat(fieldsOf("PlaceRequest")).isEqualTo(componentsOf(PlaceRequest.class));
    assertThat(fieldsOf("Line")).isEqualTo(componentsOf(PlaceRequest.Line.class));
    assertThat(fieldsOf("CancelRequest")).isEqualTo(componentsOf(CancelRequest.class));
    assertThat(fieldsOf("Order")).isEqualTo(componentsOf(Order.class));
    assertThat(fieldsOf("OrderLine")).isEqualTo(componentsOf(OrderLine.class));
    assertThat(fieldsOf("Error")).isEqualTo(componentsOf(PlaceResult.Problem.class));
  }

  @Test
  void namesEveryState() {
    assertThat(valuesOf("state")).isEqualTo(namesOf(OrderState.values()));
    assertThat(valuesOf("paymentState")).isEqualTo(namesOf(PaymentState.values()));
    assertThat(valuesOf("stockState")).isEqualTo(namesOf(StockState.values()));
  }

  @Test
  void tellsTheLimitsOfTheCheck() {
    Map<String, Object> request = map(schema("PlaceRequest"), "properties");
    assertThat(map(request, "lines")).containsEntry("maxItems", NewOrderCheck.LINES_MAX);
    assertThat(map(request, "paymentMethod"))
        .containsEntry("maxLength", NewOrderCheck.PAYMENT_METHOD_LENGTH_MAX);
    assertThat(map(map(schema("Line"), "properties"), "quantity"))
        .containsEntry("maximum", NewOrderCheck.QUANTITY_MAX);
  }

  private static @Nullable Object valuesOf(String field) {
    return map(map(schema("Order"), "properties"), field).get("enum");
  }

  private static List<String> namesOf(Enum<?>[] values) {
    return Arrays.stream(values).map(Enum::name).toList();
  }

  private static List<String> fieldsOf(String schema) {
    return List.copyOf(map(schema(schema), "properties").keySet());
  }

  private static List<String> componentsOf(Class<?> record) {
    return Stream.of(record.getRecordComponents()).map(RecordComponent::getName).toList();
  }

  private static Map<String, Object> schema(String name) {
    return map(map(map(document(), "components"), "schemas"), name);
  }

  private static Map<String, Object> document() {
    InputStream yaml = OpenApiTest.class.getResourceAsStream("/static/openapi.yaml");
    return asMap(new Yaml().load(yaml));
  }

  private static Map<String, Object> map(Map<String, Object> from, String key) {
    assertThat(from).containsKey(key);
    return asMap(from.get(key));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> asMap(@Nullable Object value) {
    return (Map<String, Object>) Objects.requireNonNull(value);
  }
}
