package commondata.event;

import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A committed fact as its reader gets it. ({@code part}, {@code seq}) is its place in the reading
 * order: within a part, positions are dense and events of one key come in the order they were
 * committed in.
 *
 * @param part part of the log, from 0
 * @param seq position in the part, from 1
 * @param eventId identity for everybody outside
 * @param source login that published it
 * @param type past-tense fact such as {@code order.placed}, or a request
 * @param version version of the payload's schema, from 1
 * @param key business id
 * @param correlationId shared by all events of one flow
 * @param causationId event that caused this one
 * @param replyTo service that a response is for
 * @param businessDate day the fact is about
 * @param occurredAt when it was published, by the server's clock
 * @param traceparent W3C trace context of the producer
 * @param payload JSON
 */
public record Event(
    int part,
    long seq,
    UUID eventId,
    String source,
    Kind kind,
    String type,
    int version,
    String key,
    UUID correlationId,
    @Nullable UUID causationId,
    @Nullable String replyTo,
    LocalDate businessDate,
    Instant occurredAt,
    @Nullable String traceparent,
    String payload) {

  /** Short form for messages and logs, without the payload: it may hold personal data. */
  @Override
  public String toString() {
    return "%s v%d key \"%s\" at %d:%d".formatted(type, version, key, part, seq);
  }
}
