package commondata.event;

import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An event to be published.
 *
 * @param type 1 to 100 bytes
 * @param version version of the payload's schema, from 1
 * @param key business id, 1 to 200 bytes
 * @param payload JSON, at most 1 MiB
 * @param replyTo service that a response is for
 * @param businessDate day the fact is about; the server's day if absent
 * @param correlationId flow it belongs to; that of the event being handled, or a new one, if absent
 * @param availableAt not handled before that, by the server's clock; what follows it with the same
 *     key waits, too; null: at once
 */
public record NewEvent(
    String type,
    int version,
    String key,
    String payload,
    Kind kind,
    @Nullable String replyTo,
    @Nullable LocalDate businessDate,
    @Nullable UUID correlationId,
    @Nullable Instant availableAt) {

  /** A plain event. */
  public static NewEvent of(String type, String key, String payload) {
    return new NewEvent(type, 1, key, payload, Kind.EVENT, null, null, null, null);
  }

  /** Short form for messages and logs, without the payload: it may hold personal data. */
  @Override
  public String toString() {
    return "%s v%d key \"%s\"".formatted(type, version, key);
  }
}
