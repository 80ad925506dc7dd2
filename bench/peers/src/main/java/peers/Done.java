package peers;

import commondata.event.EventType;
import java.io.Serializable;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The event that everybody publishes: about 500 bytes as JSON.
 *
 * @param id number of the business row
 * @param at when it was published, in microseconds since 1970
 * @param text padding
 */
@EventType(Done.TYPE)
public record Done(long id, long at, String text) implements Serializable {

  static final String TYPE = "peers.done";

  private static final long serialVersionUID = 1L;
  private static final String PADDING = "x".repeat(450);
  private static final int KEYS = 5_000;

  static Done now(long id) {
    return new Done(id, micros(), PADDING);
  }

  /** The business id that the event is about. */
  static String keyOf(long id) {
    return "key-" + id % KEYS;
  }

  String key() {
    return keyOf(id);
  }

  /** The payload, for those who write it by hand. */
  String json() {
    return "{\"id\":%d,\"at\":%d,\"text\":\"%s\"}".formatted(id, at, text);
  }

  static long micros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }
}
