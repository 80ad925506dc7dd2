package commondata.operate;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is lost with a reader that is removed. Its receipts and dead letters stay.
 *
 * @param waiting events that it has not read
 * @param parked events that wait in chains for a retry
 * @param parkedKeys keys of those
 * @param dead open dead letters, which are closed
 * @param readAt when it last did something; null: never
 * @param refusal why it can't be removed now; null: it can be, or is
 */
public record Removal(
    long waiting,
    long parked,
    long parkedKeys,
    long dead,
    @Nullable Instant readAt,
    @Nullable String refusal) {}
