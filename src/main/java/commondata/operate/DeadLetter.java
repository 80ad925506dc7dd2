package commondata.operate;

import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An event whose attempts are exhausted.
 *
 * @param payload JSON, with personal data as {@code ***}
 * @param state OPEN, REPLAYED, EDITED or DISCARDED
 * @param followers events of the same key that wait behind it
 * @param group letters of one group failed alike
 * @param editedFrom letter of which this is the edited copy
 * @param proposed act that waits for a second operator's confirmation
 * @param proposedBy who proposed it
 * @param proposal its number, which whoever confirms it names; a later one is higher
 */
public record DeadLetter(
    long id,
    String subscription,
    String state,
    String type,
    int version,
    String key,
    UUID eventId,
    LocalDate businessDate,
    String payload,
    int attempts,
    String errorClass,
    String errorMessage,
    String node,
    Instant diedAt,
    @Nullable Instant closedAt,
    @Nullable String closedBy,
    @Nullable String reason,
    long followers,
    String group,
    @Nullable Long editedFrom,
    @Nullable String proposed,
    @Nullable String proposedBy,
    @Nullable Long proposal) {

  /** The same with its payload as it is. */
  public DeadLetter withPayload(String revealed) {
    return new DeadLetter(
        id,
        subscription,
        state,
        type,
        version,
        key,
        eventId,
        businessDate,
        revealed,
        attempts,
        errorClass,
        errorMessage,
        node,
        diedAt,
        closedAt,
        closedBy,
        reason,
        followers,
        group,
        editedFrom,
        proposed,
        proposedBy,
        proposal);
  }
}
