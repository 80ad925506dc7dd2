package commondata.feed;

import org.jspecify.annotations.Nullable;

/**
 * A control total: what trailer or header declares and what the records give must be the same.
 *
 * @param declared column that declares it
 * @param inHeader whether that is a column of the header
 * @param sumOf column that is added up; null: records are counted
 * @param digits last digits that count, of a hash total; 0: all of them
 */
record Control(String declared, boolean inHeader, @Nullable String sumOf, int digits) {}
