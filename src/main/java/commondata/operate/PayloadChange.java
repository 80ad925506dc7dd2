package commondata.operate;

import org.jspecify.annotations.Nullable;

/**
 * One value in which two payloads differ; personal data as {@code ***}.
 *
 * @param pointer JSON pointer
 * @param was JSON; null: it was not there
 * @param isNow JSON; null: it is not there any more
 */
public record PayloadChange(String pointer, @Nullable String was, @Nullable String isNow) {}
