package commondata.operate;

import java.time.Instant;

/**
 * Dead letters that failed alike: same reader, type and class of error, and the same message but
 * for values, identifiers and numbers.
 *
 * @param group its name, for filters
 * @param errorPattern the message, with # for what differs
 * @param letters how many
 * @param keys how many business ids they are about
 * @param sample one of them
 */
public record DeadLetterGroup(
    String group,
    String subscription,
    String type,
    String errorClass,
    String errorPattern,
    long letters,
    long keys,
    Instant firstAt,
    Instant lastAt,
    long sample) {}
