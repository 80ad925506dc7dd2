package commondata.operate;

import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * A file that came in or went out.
 *
 * @param state CLAIMED, LOADED, REJECTED, DUPLICATE, HELD, SUPERSEDED, SENT or ACKNOWLEDGED
 * @param loadedCount records that were not refused; what the job's SQL made of them, its run says
 * @param control control totals as JSON: declared and computed
 * @param errors error codes with how often each was found
 * @param progress how far it is, while it is loaded in slices
 * @param sequence number that its name says
 * @param removedAt when it was removed from the drop directory, being kept long enough
 * @param corrects number of the file of which it holds corrected records
 * @param supersededBy number of the file of the same business date that took its place
 * @param correctedCount refused records that were corrected and loaded since
 * @param acknowledgeBy until when the other side must say that it has taken it
 * @param acknowledgedAt when it was seen that it has
 * @param loadingRun number of the run that is loading it now
 * @param supersedes numbers and names of the files of the same business date whose place it took
 * @param rejectsRemovedAt when its refused records were removed, being kept long enough
 */
public record FileEntry(
    long id,
    String feed,
    String direction,
    String name,
    String state,
    String sha256,
    long sizeBytes,
    @Nullable LocalDate businessDate,
    @Nullable Long run,
    long recordCount,
    long loadedCount,
    long rejectedCount,
    String control,
    @Nullable String reason,
    Instant arrivedAt,
    @Nullable Instant finishedAt,
    @Nullable String errors,
    @Nullable String progress,
    @Nullable Long sequence,
    @Nullable Instant removedAt,
    @Nullable Long corrects,
    @Nullable Long supersededBy,
    long correctedCount,
    @Nullable Instant acknowledgeBy,
    @Nullable Instant acknowledgedAt,
    @Nullable Long loadingRun,
    @Nullable String supersedes,
    @Nullable Instant rejectsRemovedAt) {}
