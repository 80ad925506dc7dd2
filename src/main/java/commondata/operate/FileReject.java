package commondata.operate;

import org.jspecify.annotations.Nullable;

/**
 * One error of a refused record.
 *
 * @param line line the record begins at, from 1; 0: the whole file
 * @param byteOffset where the record begins in the file, unpacked; null if it is not known
 * @param column empty: the whole record
 * @param raw the record, cut to 1,000 characters
 * @param correctedAs number of the file that it was loaded as once it was corrected; null: it is
 *     not
 * @param corrected the record as it was loaded
 */
public record FileReject(
    long line,
    @Nullable Long byteOffset,
    String column,
    String code,
    String message,
    @Nullable String raw,
    @Nullable Long correctedAs,
    @Nullable String corrected) {}
