package commondata.operate;

import java.util.List;

/** A subscription as an operator sees it. */
public record Reader(
    String name,
    String owner,
    List<String> types,
    boolean paused,
    int maxAttempts,
    String onDead,
    long waiting,
    long parked,
    long dead) {}
