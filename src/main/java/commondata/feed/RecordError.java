package commondata.feed;

/**
 * What is wrong with a record.
 *
 * @param line line it begins at
 * @param column empty if it is about the whole record
 */
public record RecordError(long line, String column, String code, String message) {}
