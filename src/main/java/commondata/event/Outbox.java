package commondata.event;

import commondata.database.Login;
import commondata.fault.FaultPoint;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;

/**
 * Publishes events under one login, in the caller's transaction: what the transaction wrote and
 * what it published become visible together, or neither does (Transactional Outbox).
 *
 * <p>Without an open transaction each call is one of its own. Inside a handler the new event
 * carries the correlation of the event being handled and names it as its cause. Thread-safe.
 */
public final class Outbox {

  private final Login login;
  private final EventCodec codec;

  public Outbox(Login login, EventCodec codec) {
    this.login = login;
    this.codec = codec;
  }

  /** Publishes a payload of a type with {@link EventType}; the business date is the cause's. */
  public UUID publish(String key, Object payload) {
    return publish(newEvent(key, payload, Kind.EVENT, null, null, null, null));
  }

  /** Publishes a payload about the given day. */
  public UUID publish(String key, Object payload, LocalDate businessDate) {
    return publish(newEvent(key, payload, Kind.EVENT, null, businessDate, null, null));
  }

  /**
   * Publishes a payload that no reader handles before {@code availableAt}. It keeps its place among
   * the events of its key: what follows it waits behind it, other keys flow on.
   */
  public UUID publishLater(String key, Object payload, Instant availableAt) {
    return publish(newEvent(key, payload, Kind.EVENT, null, null, null, availableAt));
  }

  /**
   * Asks for something; the answer comes to {@code replyTo} under the same key.
   *
   * @param flow event whose flow the request belongs to, published before in this transaction; null
   *     inside a handler, where it is that of the event being handled
   */
  public UUID request(
      String key, Object payload, String replyTo, LocalDate businessDate, @Nullable UUID flow) {
    return publish(newEvent(key, payload, Kind.REQUEST, replyTo, businessDate, flow, null));
  }

  /** Answers a request, to the service it named. */
  public UUID respond(Event request, Object payload) {
    return publish(
        newEvent(
            request.key(),
            payload,
            Kind.RESPONSE,
            request.replyTo(),
            request.businessDate(),
            null,
            null));
  }

  private NewEvent newEvent(
      String key,
      Object payload,
      Kind kind,
      @Nullable String replyTo,
      @Nullable LocalDate businessDate,
      @Nullable UUID correlationId,
      @Nullable Instant availableAt) {
    EventType type = EventCodec.typeOf(payload.getClass());
    return new NewEvent(
        type.value(),
        type.version(),
        key,
        codec.write(payload),
        kind,
        replyTo,
        businessDate,
        correlationId,
        availableAt);
  }

  /**
   * Publishes an event as it is; returns its id.
   *
   * @throws EventRefusedException if it can't be published whenever it is tried
   */
  public UUID publish(NewEvent event) {
    codec.check(login, event);
    try {
      return append(event);
    } catch (DataAccessException e) {
      throw Refusal.of(event, e);
    }
  }

  private UUID append(NewEvent event) {
    Event cause = Handling.current();
    LocalDate businessDate = event.businessDate();
    if (businessDate == null && cause != null) {
      businessDate = cause.businessDate();
    }
    UUID correlationId = event.correlationId();
    if (correlationId == null && cause != null) {
      correlationId = cause.correlationId();
    }
    FaultPoint.PUBLISH_BEGUN.reached();
    UUID eventId = append(event, cause, correlationId, businessDate);
    FaultPoint.PUBLISH_DONE.reached();
    login.published();
    return eventId;
  }

  private UUID append(
      NewEvent event,
      @Nullable Event cause,
      @Nullable UUID correlationId,
      @Nullable LocalDate businessDate) {
    Traceparent trace = Handling.trace();
    return login
        .jdbc()
        .sql(
            """
            SELECT commondata.publish(
                :type,
                :key,
                CAST(:payload AS jsonb),
                :version,
                :kind,
                :correlation_id,
                :causation_id,
                :reply_to,
                CAST(:business_date AS date),
                :traceparent,
                :available_at
            )
            """)
        .param("type", event.type())
        .param("key", event.key())
        .param("payload", event.payload())
        .param("version", event.version())
        .param("kind", event.kind().column())
        .param("correlation_id", correlationId, java.sql.Types.OTHER)
        .param("causation_id", cause == null ? null : cause.eventId(), java.sql.Types.OTHER)
        .param("reply_to", event.replyTo(), java.sql.Types.VARCHAR)
        .param("business_date", businessDate, java.sql.Types.DATE)
        .param("traceparent", trace == null ? null : trace.header(), java.sql.Types.VARCHAR)
        .param(
            "available_at",
            event.availableAt() == null ? null : event.availableAt().atOffset(ZoneOffset.UTC),
            java.sql.Types.TIMESTAMP_WITH_TIMEZONE)
        .query(UUID.class)
        .single();
  }
}
