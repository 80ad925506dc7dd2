package commondata.subscription;

import commondata.event.Event;
import commondata.event.EventCodec;
import commondata.event.EventType;
import commondata.event.Handling;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A named reader of event types: the Java half of a row in {@code commondata.subscription}. A
 * migration creates the row and so decides what may be read; this says what is done with it.
 */
public final class Subscription {

  private final String name;
  private final String login;
  private final Map<String, Handler> handlers;
  private final @Nullable BatchHandler batchHandler;
  private final Set<Class<? extends Throwable>> transientFailures;
  private final Set<Class<? extends Throwable>> permanentFailures;

  private Subscription(Builder builder) {
    this.name = builder.name;
    this.login = Objects.requireNonNull(builder.login, "login");
    this.handlers = Map.copyOf(builder.handlers);
    this.batchHandler = builder.batchHandler;
    this.transientFailures = Set.copyOf(builder.transientFailures);
    this.permanentFailures = Set.copyOf(builder.permanentFailures);
  }

  /** Begins the subscription of that name. */
  public static Builder named(String name) {
    return new Builder(name);
  }

  public String name() {
    return name;
  }

  /** Login that owns it and under which its handlers run. */
  public String login() {
    return login;
  }

  /** Event types that have a handler; empty if a batch handler takes whatever comes. */
  public Set<String> types() {
    return handlers.keySet();
  }

  /** What a failure of a handler says about its event. */
  Failure.Kind kindOf(Throwable failure) {
    return Failure.kindOf(failure, transientFailures, permanentFailures);
  }

  /**
   * Calls the handlers for the events, in order, on this thread, and before each asks whether there
   * is time for it; but the first is handled in any case. Returns how many were handled.
   */
  int handle(List<Event> events, EventCodec codec, BooleanSupplier hasTime) throws Exception {
    try {
      if (batchHandler != null) {
        batchHandler.handle(events);
        return events.size();
      }
      int handled = 0;
      for (Event event : events) {
        if (!hasTime.getAsBoolean() && handled > 0) {
          break;
        }
        Handler handler = handlers.get(event.type());
        if (handler == null) {
          throw new UnknownTypeException(
              "subscription \"%s\" has no handler for %s: start a program that has one, then replay; or let a migration take the type away with commondata.change_subscription"
                  .formatted(name, event));
        }
        Handling.begin(event);
        handler.handle(event, codec);
        handled++;
      }
      return handled;
    } finally {
      Handling.end();
    }
  }

  @FunctionalInterface
  private interface Handler {
    void handle(Event event, EventCodec codec) throws Exception;
  }

  /** Collects the handlers of a subscription. */
  public static final class Builder {

    private final String name;
    private @Nullable String login;
    private final Map<String, Handler> handlers = new LinkedHashMap<>();
    private @Nullable BatchHandler batchHandler;
    private final Set<Class<? extends Throwable>> transientFailures = new HashSet<>();
    private final Set<Class<? extends Throwable>> permanentFailures = new HashSet<>();

    private Builder(String name) {
      this.name = name;
    }

    /** Says which login owns it. */
    public Builder login(String value) {
      this.login = value;
      return this;
    }

    /** Handles events of the type that {@code payloadType} declares. */
    public <T> Builder on(Class<T> payloadType, TypedHandler<T> handler) {
      EventType type = EventCodec.readableTypeOf(payloadType);
      Handler earlier =
          handlers.put(
              type.value(),
              (event, codec) -> handler.handle(codec.read(event, payloadType), event));
      if (earlier != null) {
        throw new IllegalArgumentException(
            "subscription \"%s\" has two handlers for %s".formatted(name, type.value()));
      }
      return this;
    }

    /** Handles all events, many at once; excludes {@link #on}. */
    public Builder onBatch(BatchHandler handler) {
      this.batchHandler = handler;
      return this;
    }

    /**
     * An exception whose cause may pass by itself, besides those that do anyway (an I/O error, a
     * time-out). If many keys fail so at once, it is an outage: the part rests, no attempt counts.
     */
    public Builder transientOn(Class<? extends Throwable> failure) {
      transientFailures.add(failure);
      return this;
    }

    /** An exception after which trying again does not help: the event is dead at once. */
    public Builder deadOn(Class<? extends Throwable> failure) {
      permanentFailures.add(failure);
      return this;
    }

    /**
     * The subscription.
     *
     * @throws IllegalArgumentException if it has no handler, or single and batch handlers
     */
    public Subscription build() {
      if (handlers.isEmpty() == (batchHandler == null)) {
        throw new IllegalArgumentException(
            "subscription \"%s\" needs handlers by type or one batch handler".formatted(name));
      }
      return new Subscription(this);
    }
  }
}
