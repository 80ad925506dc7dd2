package commondata.operate;

import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * A file that a feed expects for a business date.
 *
 * @param dueAt when it must be loaded
 * @param state EXPECTED, LATE, ARRIVED or WAIVED
 * @param file the file that was loaded for that day
 * @param loadedAt when it was
 * @param late whether that was, or is, after the time
 */
public record ExpectedFile(
    String feed,
    LocalDate businessDate,
    Instant dueAt,
    String state,
    @Nullable Long file,
    @Nullable Instant loadedAt,
    boolean late) {}
