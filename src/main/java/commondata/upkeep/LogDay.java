package commondata.upkeep;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * One day of the log.
 *
 * @param day in UTC
 * @param sizeBytes events, positions and receipts, with their indexes
 * @param pastKeeping whether it is old enough to go
 * @param heldBy what keeps it all the same, in words; null if nothing does, or if it is too young
 */
public record LogDay(LocalDate day, long sizeBytes, boolean pastKeeping, @Nullable String heldBy) {}
