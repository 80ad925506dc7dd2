package commondata.event;

import commondata.database.Login;
import commondata.fault.FaultPoint;
import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Publishes events under one login, in the caller's transaction: what the transaction wrote and
 * what it published become visible together, or neither does (Transactional Outbox).
 *
 * <p>Events wait on this side until the transaction commits, and go to the server with its COMMIT,
 * in the order of the calls: publishing costs no round trip. A thousand of them, or eight million
 * characters of payload, are sent at once. A savepoint sends what waits, and what comes behind it
 * is sent at once: going back to it takes back what was published behind it, and nothing else (a
 * savepoint of JDBC or Spring; one made by an SQL text is not noticed). A crash before the commit
 * leaves nothing, a refusal rolls back the transaction. Without an open transaction, or in one on
 * the login's data source that {@link Login} has not opened, an event is sent at once; in one on
 * another data source it is refused, since it would outlive that one's rollback. Inside a handler
 * the new event carries the correlation of the event being handled and names it as its cause.
 * Thread-safe.
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
   * the events of its key: what follows it waits behind it, other keys flow on. But when more of
   * its key wait than a reader's {@code max_chain} allows (10,000 by default), that reader stops in
   * their whole part of the log, and the alarm {@code chain-full} says so: a delay wants a key of
   * its own, or one that gets few events.
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
   * @throws EventRefusedException if it can't be published whenever it is tried. What only the
   *     server can tell is told when the open transaction commits, when the handler ends, or when
   *     so much waits that it is sent; the transaction can't commit then.
   */
  public UUID publish(NewEvent event) {
    Refusal.checkText(event);
    codec.check(login, event);
    FaultPoint.PUBLISH_BEGUN.reached();
    Publication publication = Publication.of(event);
    if (login.unsent(() -> new Unpublished(login)) instanceof Unpublished waiting) {
      waiting.add(publication);
      if (waiting.isFull()) {
        login.sendUnsent();
      }
    } else {
      Unpublished alone = new Unpublished(login);
      alone.add(publication);
      alone.send(null, false);
    }
    FaultPoint.PUBLISH_DONE.reached();
    login.published();
    return publication.eventId();
  }
}
