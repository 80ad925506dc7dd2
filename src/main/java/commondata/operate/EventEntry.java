package commondata.operate;

import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One event of the log, for people.
 *
 * @param traceparent W3C trace context
 * @param payload JSON, with personal data as {@code ***} unless it was revealed
 */
public record EventEntry(
    UUID eventId,
    Instant occurredAt,
    String type,
    int version,
    String key,
    String source,
    String kind,
    LocalDate businessDate,
    UUID correlationId,
    @Nullable UUID causationId,
    String traceparent,
    String payload) {

  /** The same with its payload as it is. */
  public EventEntry withPayload(String revealed) {
    return new EventEntry(
        eventId,
        occurredAt,
        type,
        version,
        key,
        source,
        kind,
        businessDate,
        correlationId,
        causationId,
        traceparent,
        revealed);
  }
}
