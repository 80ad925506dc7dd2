package commondata.operate;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happened to a business id, or to a file.
 *
 * @param what row, event, receipt, parked, dead letter, file, run, act or mail
 * @param source login that did it
 * @param waitMs receipt: from published to handled; file, run, mail: how long it took
 * @param traceparent event: W3C trace context
 */
public record TraceEntry(
    Instant at,
    String what,
    String name,
    String source,
    @Nullable BigDecimal waitMs,
    @Nullable String detail,
    @Nullable UUID eventId,
    @Nullable Long file,
    @Nullable Long line,
    @Nullable Long run,
    @Nullable String traceparent) {}
