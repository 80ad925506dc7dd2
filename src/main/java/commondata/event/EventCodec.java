package commondata.event;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Payloads as JSON and back. Decimals stay exact, dates are ISO 8601, properties that a reader does
 * not know are ignored (Tolerant Reader), and no type name is ever read from a payload.
 * Thread-safe.
 */
public final class EventCodec {

  private final JsonMapper json =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .build();

  /** The payload as JSON. */
  public String write(Object payload) {
    return json.writeValueAsString(payload);
  }

  /**
   * Reads the payload of {@code event}.
   *
   * @throws UnreadablePayloadException if it is of another version or does not fit the type
   */
  public <T> T read(Event event, Class<T> payloadType) {
    EventType declared = typeOf(payloadType);
    if (!declared.value().equals(event.type()) || declared.version() != event.version()) {
      throw new UnreadablePayloadException(
          "%s: this reader knows %s v%d only"
              .formatted(event, declared.value(), declared.version()));
    }
    try {
      return json.readValue(event.payload(), payloadType);
    } catch (JacksonException e) {
      throw new UnreadablePayloadException(
          "%s: the payload does not fit %s: %s"
              .formatted(event, payloadType.getSimpleName(), e.getOriginalMessage()),
          e);
    }
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
}
