package commondata.event;

import org.jspecify.annotations.Nullable;

/**
 * The event that this thread handles now. What is published meanwhile belongs to the same flow:
 * {@link Outbox} takes correlation and causation from here.
 */
public final class Handling {

  private static final ThreadLocal<@Nullable Event> CURRENT = new ThreadLocal<>();

  private Handling() {}

  /** The event being handled, or null outside a handler. */
  public static @Nullable Event current() {
    return CURRENT.get();
  }

  /** Says that {@code event} is handled from now on; null ends it. */
  public static void begin(@Nullable Event event) {
    if (event == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(event);
    }
  }
}
