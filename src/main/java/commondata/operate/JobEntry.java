package commondata.operate;

import org.jspecify.annotations.Nullable;

/** A registered job, with its last run if there was one. */
public record JobEntry(String name, String owner, @Nullable RunEntry lastRun) {}
