package commondata.job;

import java.time.Instant;
import java.time.LocalDate;

/**
 * A run that the schedule asks for.
 *
 * @param dueAt the last time at which the business date was due
 * @param knownRuns runs of the date since then, as far as the caller knows: if there are more, it
 *     is not begun
 */
record DueRun(LocalDate businessDate, Instant dueAt, long knownRuns) {}
