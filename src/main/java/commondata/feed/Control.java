package commondata.feed;

import org.jspecify.annotations.Nullable;

/**
 * A control total: what the trailer declares and what the records give must be the same.
 *
 * @param declared column of the trailer
 * @param sumOf column that is added up; null: records are counted
 */
record Control(String declared, @Nullable String sumOf) {}
