package commondata.operate;

import org.jspecify.annotations.Nullable;

/**
 * One error of a refused record.
 *
 * @param line line the record begins at, from 1; 0: the whole file
 * @param column empty: the whole record
 */
public record FileReject(
    long line, String column, String code, String message, @Nullable String raw) {}
