package commondata.operate;

import org.jspecify.annotations.Nullable;

/**
 * Which dead letters; null: any.
 *
 * @param state OPEN, REPLAYED or DISCARDED
 * @param error part of the error's class or message
 */
public record DeadLetterFilter(
    @Nullable String subscription,
    @Nullable String state,
    @Nullable String type,
    @Nullable String key,
    @Nullable String error) {}
