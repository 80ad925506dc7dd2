package commondata.operate;

import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * One execution of a job.
 *
 * @param state RUNNING, SUCCEEDED, FAILED or ABANDONED
 * @param params JSON
 * @param files names of the files it read or wrote
 * @param progress how far it is with a large file, while it loads one
 */
public record RunEntry(
    long id,
    String job,
    LocalDate businessDate,
    int attempt,
    String startedBy,
    String params,
    String node,
    String state,
    @Nullable Integer exitCode,
    long readCount,
    long writtenCount,
    long rejectedCount,
    long eventCount,
    @Nullable String message,
    Instant startedAt,
    @Nullable Instant finishedAt,
    long tookMs,
    @Nullable String files,
    @Nullable String progress) {}
