package commondata.operate;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What was given up of a job with a schedule.
 *
 * @param dueSince first time that it was due at and had not done; null: nothing was due
 * @param failedRuns numbers and business dates of runs that had failed; null: none
 */
public record SkippedJob(@Nullable Instant dueSince, @Nullable String failedRuns) {}
