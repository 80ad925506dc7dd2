package commondata.event;

import java.time.LocalDate;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An event on its way into the log, with what it gets from where it was published.
 *
 * @param correlationId flow it belongs to; null begins one
 * @param causationId event that was handled when it was published
 */
record Publication(
    UUID eventId,
    NewEvent event,
    @Nullable UUID correlationId,
    @Nullable UUID causationId,
    @Nullable LocalDate businessDate,
    @Nullable String traceparent) {

  /** Published now, on this thread. */
  static Publication of(NewEvent event) {
    Event cause = Handling.current();
    Traceparent trace = Handling.trace();
    UUID correlationId = event.correlationId();
    LocalDate businessDate = event.businessDate();
    return new Publication(
        newId(),
        event,
        correlationId == null && cause != null ? cause.correlationId() : correlationId,
        cause == null ? null : cause.eventId(),
        businessDate == null && cause != null ? cause.businessDate() : businessDate,
        trace == null ? null : trace.header());
  }

  /** A random UUID whose first 48 bits are the time: version 7 of RFC 9562. */
  private static UUID newId() {
    UUID random = UUID.randomUUID();
    long time = System.currentTimeMillis() << 16;
    return new UUID(
        time | 0x7000 | (random.getMostSignificantBits() & 0x0fff),
        random.getLeastSignificantBits());
  }
}
