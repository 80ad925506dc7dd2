package commondata.operate;

import java.math.BigDecimal;

/** How long a reader's events waited from published to handled. */
public record Wait(
    String subscription, long handled, BigDecimal p50Ms, BigDecimal p99Ms, BigDecimal maxMs) {}
