package commondata.operate;

import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far a reader is behind.
 *
 * @param part part of the log; null: all parts together
 * @param waiting events it has not taken yet
 * @param parked events that wait behind a failed one, itself included
 * @param dead open dead letters
 * @param oldestSeconds age of the oldest waiting event; 0 if nothing waits
 * @param parkedSeconds how long ago the first of its keys was parked; null if none is parked
 * @param delayed events that are not due yet, with those that wait behind them
 * @param pausedUntil an outage: nobody reads the part before that; null if it is read, or for all
 * @param pauseReason why
 */
public record Lag(
    String subscription,
    @Nullable Integer part,
    boolean paused,
    long waiting,
    long parked,
    long parkedKeys,
    long dead,
    BigDecimal oldestSeconds,
    @Nullable BigDecimal parkedSeconds,
    long delayed,
    @Nullable Instant pausedUntil,
    @Nullable String pauseReason) {}
