package commondata.operate;

import org.jspecify.annotations.Nullable;

/**
 * What a release would do with a file.
 *
 * @param refusal why it can't be released, as the end of a sentence about the file; null: it can
 * @param state the state that it would be in
 * @param firstMissing first of the numbers before it that would be given up; null: none would
 * @param lastMissing last of them
 */
public record ReleasePlan(
    @Nullable String refusal,
    String state,
    @Nullable Long firstMissing,
    @Nullable Long lastMissing) {}
