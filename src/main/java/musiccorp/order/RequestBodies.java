package musiccorp.order;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/**
 * Reads what clients send, strictly: a property nobody knows, a number in quotes or a second value
 * is an error of the client, who should hear of it now.
 */
final class RequestBodies {

  static final int BYTES_MAX = 256 * 1024;

  private final JsonMapper json =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .withCoercionConfig(
              LogicalType.Integer,
              config -> config.setCoercion(CoercionInputShape.String, CoercionAction.Fail))
          .withCoercionConfig(
              LogicalType.Textual,
              config ->
                  config
                      .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
          .build();

  /** Reads {@code POST /orders}. */
  NewOrder newOrder(InputStream body, @Nullable String idempotencyKey) throws IOException {
    PlaceRequest request = read(body, PlaceRequest.class);
    if (request == null) {
      throw new BadRequestException(
          List.of(new PlaceResult.Problem("missing", "", "the body is empty: send an order")));
    }
    List<PlaceResult.Problem> problems = new ArrayList<>();
    String customerId = required(request.customerId(), "/customerId", problems);
    String paymentMethod = required(request.paymentMethod(), "/paymentMethod", problems);
    List<NewOrder.Line> lines = lines(request.lines(), problems);
    if (!problems.isEmpty()) {
      throw new BadRequestException(problems);
    }
    return new NewOrder(
        customerId, paymentMethod, lines, NewOrder.Channel.REST, unquoted(idempotencyKey), null);
  }

  private static List<NewOrder.Line> lines(
      @Nullable List<PlaceRequest.@Nullable Line> given, List<PlaceResult.Problem> problems) {
    if (given == null) {
      problems.add(missing("/lines"));
      return List.of();
    }
    List<NewOrder.Line> lines = new ArrayList<>();
    for (int i = 0; i < given.size(); i++) {
      PlaceRequest.Line line = given.get(i);
      Integer quantity = line == null ? null : line.quantity();
      String sku = required(line == null ? null : line.sku(), "/lines/" + i + "/sku", problems);
      if (quantity == null) {
        problems.add(missing("/lines/" + i + "/quantity"));
      }
      lines.add(new NewOrder.Line(sku, quantity == null ? 0 : quantity));
    }
    return lines;
  }

  private static String required(
      @Nullable String value, String pointer, List<PlaceResult.Problem> problems) {
    if (value == null) {
      problems.add(missing(pointer));
      return "";
    }
    return value;
  }

  private static PlaceResult.Problem missing(String pointer) {
    return new PlaceResult.Problem("missing", pointer, "%s is missing".formatted(pointer));
  }

  /** The header is a string of RFC 8941, in quotes; many clients leave these out. */
  private static @Nullable String unquoted(@Nullable String key) {
    return key != null && key.length() >= 2 && key.startsWith("\"") && key.endsWith("\"")
        ? key.substring(1, key.length() - 1)
        : key;
  }

  /** Reads {@code POST /orders/{orderId}/cancellation}; an empty body gives no reason. */
  @Nullable String cancellationReason(InputStream body) throws IOException {
    CancelRequest request = read(body, CancelRequest.class);
    return request == null ? null : request.reason();
  }

  private <T> @Nullable T read(InputStream body, Class<T> type) throws IOException {
    byte[] bytes = body.readNBytes(BYTES_MAX + 1);
    if (bytes.length > BYTES_MAX) {
      throw new TooLargeException();
    }
    if (bytes.length == 0) {
      return null;
    }
    try {
      return json.readValue(bytes, type);
    } catch (JacksonException e) {
      throw new BadRequestException(List.of(problemOf(e)));
    }
  }

  private static PlaceResult.Problem problemOf(JacksonException e) {
    String pointer =
        e.getPath().stream()
            .map(
                step ->
                    "/"
                        + (step.getPropertyName() == null
                            ? step.getIndex()
                            : step.getPropertyName()))
            .collect(Collectors.joining());
    if (e instanceof UnrecognizedPropertyException unknown) {
      return new PlaceResult.Problem(
          "unknown-property",
          pointer,
          "property \"%s\" is not known: known are %s"
              .formatted(unknown.getPropertyName(), unknown.getKnownPropertyIds()));
    }
    TokenStreamLocation at = e.getLocation();
    String where =
        at == null ? "" : " (line %d, column %d)".formatted(at.getLineNr(), at.getColumnNr());
    return new PlaceResult.Problem(
        e instanceof DatabindException || e instanceof InputCoercionException
            ? "bad-type"
            : "malformed-json",
        pointer,
        firstLine(e.getOriginalMessage()) + where);
  }

  private static String firstLine(@Nullable String message) {
    return message == null ? "not readable" : message.lines().findFirst().orElse("not readable");
  }

  /** The body is no JSON, or not of the shape that the OpenAPI document asks for. */
  static final class BadRequestException extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private final transient List<PlaceResult.Problem> problems;

    BadRequestException(List<PlaceResult.Problem> problems) {
      this.problems = List.copyOf(problems);
    }

    List<PlaceResult.Problem> problems() {
      return problems;
    }
  }

  /** The body is longer than anything an order needs. */
  static final class TooLargeException extends RuntimeException {

    private static final long serialVersionUID = 1L;
  }
}
