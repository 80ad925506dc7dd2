package commondata.event;

import commondata.database.Login;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Payloads as JSON and back. Decimals stay exact, dates are ISO 8601, properties that a reader does
 * not know are ignored (Tolerant Reader), and no type name is ever read from a payload.
 * Thread-safe.
 */
public final class EventCodec {

  private static final TypeReference<Map<String, @Nullable Object>> OBJECT =
      new TypeReference<>() {};

  private final JsonMapper json =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .build();

  /** Made once a type: to make one takes a tenth of the time in which a small payload is read. */
  private final ClassValue<ObjectReader> readers =
      new ClassValue<>() {
        @Override
        protected ObjectReader computeValue(Class<?> payloadType) {
          return json.readerFor(payloadType);
        }
      };

  private final @Nullable PayloadCheck check;

  /** Without a look at schemas. */
  public EventCodec() {
    this(null);
  }

  /**
   * Writes only what its schema allows.
   *
   * @param check null looks at no schema
   */
  public EventCodec(@Nullable PayloadCheck check) {
    this.check = check;
  }

  /** Passes if the payload fits its schema, or nobody asked for the check. */
  void check(Login login, NewEvent event) {
    if (check != null) {
      check.check(login, event);
    }
  }

  /** The payload as JSON. */
  public String write(Object payload) {
    return json.writeValueAsString(payload);
  }

  /**
   * Reads the payload of {@code event}; one of an older version goes through the upcasts that
   * {@code payloadType} names.
   *
   * @throws UnreadablePayloadException if it is of another type or a newer version, or does not fit
   */
  public <T> T read(Event event, Class<T> payloadType) {
    EventType declared = typeOf(payloadType);
    if (!declared.value().equals(event.type())) {
      throw new UnreadablePayloadException(
          "%s: this reader expects %s".formatted(event, declared.value()));
    }
    if (event.version() > declared.version()) {
      throw new UnreadablePayloadException(
          "%s: this reader knows %s up to v%d: start a newer program, then replay"
              .formatted(event, declared.value(), declared.version()));
    }
    try {
      return whole(
          event,
          event.version() == declared.version()
              ? readers.get(payloadType).readValue(event.payload())
              : json.convertValue(newest(event, payloadType), payloadType));
    } catch (JacksonException e) {
      // Neither its message nor its cause: both may hold values of the payload.
      throw new UnreadablePayloadException(
          "%s: the payload does not fit %s%s"
              .formatted(event, payloadType.getSimpleName(), placeOf(e)));
    }
  }

  /** A field that is not there comes as null: said here, not by whoever stumbles over it. */
  private static <T> T whole(Event event, @Nullable T payload) {
    if (payload == null) {
      throw isNull(event);
    }
    String missing = MissingField.of(payload);
    if (missing != null) {
      throw new UnreadablePayloadException(
          "%s: the payload does not fit %s at \"%s\": it is missing"
              .formatted(event, payload.getClass().getSimpleName(), missing));
    }
    return payload;
  }

  private static UnreadablePayloadException isNull(Event event) {
    return new UnreadablePayloadException("%s: the payload is null".formatted(event));
  }

  private Map<String, @Nullable Object> newest(Event event, Class<?> payloadType) {
    Map<String, @Nullable Object> payload = json.readValue(event.payload(), OBJECT);
    if (payload == null) {
      throw isNull(event);
    }
    return Upcasts.of(payloadType).apply(event.version(), payload);
  }

  /** Such as {@code at lines[0].quantity: int expected}. */
  private static String placeOf(JacksonException failure) {
    StringBuilder place = new StringBuilder();
    for (JacksonException.Reference step : failure.getPath()) {
      if (step.getPropertyName() == null) {
        place.append('[').append(step.getIndex()).append(']');
      } else {
        place.append(place.isEmpty() ? "" : ".").append(step.getPropertyName());
      }
    }
    String at = place.isEmpty() ? "" : " at \"" + place + "\"";
    Class<?> expected =
        failure instanceof MismatchedInputException mismatch ? mismatch.getTargetType() : null;
    return at + (expected == null ? "" : ": " + expected.getSimpleName() + " expected");
  }

  /**
   * The event type that {@code payloadType} declares.
   *
   * @throws IllegalArgumentException if it has no {@link EventType}
   */
  public static EventType typeOf(Class<?> payloadType) {
    EventType type = payloadType.getAnnotation(EventType.class);
    if (type == null) {
      throw new IllegalArgumentException(
          "%s has no @EventType: name its type and version".formatted(payloadType.getName()));
    }
    return type;
  }

  /**
   * As {@link #typeOf}, for a reader: it must be able to read every older version, too.
   *
   * @throws IllegalArgumentException if it has no {@link EventType}, or an upcast is missing
   */
  public static EventType readableTypeOf(Class<?> payloadType) {
    Upcasts.of(payloadType);
    return typeOf(payloadType);
  }
}
