package commondata.event;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What this thread works for now: an event, or a request from outside. What is published meanwhile
 * belongs to the same flow and the same trace: {@link Outbox} takes correlation, causation and
 * trace context from here. The log lines of the thread carry {@code event} and {@code trace}.
 */
public final class Handling {

  private static final String EVENT = "event";
  private static final String TRACE = "trace";

  private static final ThreadLocal<@Nullable Handling> CURRENT = new ThreadLocal<>();

  private final @Nullable Event event;
  private final @Nullable Traceparent trace;

  private Handling(@Nullable Event event, @Nullable Traceparent trace) {
    this.event = event;
    this.trace = trace;
  }

  /** The event being handled, or null outside a handler. */
  public static @Nullable Event current() {
    Handling handling = CURRENT.get();
    return handling == null ? null : handling.event;
  }

  /**
   * Trace context for what is published now; null if the flow's own is enough ({@code
   * commondata.traceparent_of}).
   */
  static @Nullable Traceparent trace() {
    Handling handling = CURRENT.get();
    return handling == null ? null : handling.trace;
  }

  /** Says that {@code event} is handled from now on. */
  public static void begin(Event event) {
    Traceparent trace =
        event.traceparent() == null
            ? null
            : Traceparent.parse(event.traceparent()).map(Traceparent::next).orElse(null);
    CURRENT.set(new Handling(event, trace));
    MDC.put(EVENT, event.eventId().toString());
    MDC.put(
        TRACE, trace == null ? event.correlationId().toString().replace("-", "") : trace.traceId());
  }

  /** Says that a request with this trace context is served from now on. */
  public static void begin(Traceparent request) {
    CURRENT.set(new Handling(null, request.next()));
    MDC.put(TRACE, request.traceId());
  }

  /** Says that the thread works for nothing in particular any more. */
  public static void end() {
    CURRENT.remove();
    MDC.remove(EVENT);
    MDC.remove(TRACE);
  }
}
