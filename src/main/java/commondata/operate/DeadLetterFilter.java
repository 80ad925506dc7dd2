package commondata.operate;

import org.jspecify.annotations.Nullable;

/**
 * Which dead letters; null: any.
 *
 * @param state OPEN, REPLAYED, EDITED or DISCARDED
 * @param error part of the error's class or message
 * @param group letters that failed alike, by the group's name
 */
public record DeadLetterFilter(
    @Nullable String subscription,
    @Nullable String state,
    @Nullable String type,
    @Nullable String key,
    @Nullable String error,
    @Nullable String group) {

  /** All there are. */
  public static final DeadLetterFilter ANY =
      new DeadLetterFilter(null, null, null, null, null, null);
}
