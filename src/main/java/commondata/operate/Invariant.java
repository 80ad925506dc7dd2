package commondata.operate;

import java.util.List;

/**
 * One invariant and what was found.
 *
 * @param sentence what must hold
 * @param lookedAt rows it looked at: a check that saw nothing proves nothing
 * @param violations rows that break it
 * @param offending the first of them, as JSON objects
 */
public record Invariant(
    String name, String sentence, long lookedAt, long violations, List<String> offending) {}
