package commondata.feed;

/**
 * How a CSV file is written.
 *
 * @param separator byte between two fields
 * @param quote byte around a field that holds a separator or a line end
 */
record Dialect(byte separator, byte quote) {}
