package commondata.feed;

/**
 * How a CSV file is written.
 *
 * @param separator byte between two fields
 * @param quote byte around a field that holds a separator or a line end, or {@link #NONE}
 * @param escape byte before a quote, a separator or itself that is text, or {@link #NONE}: then
 *     quotes within quotes are doubled
 */
record Dialect(byte separator, int quote, int escape) {

  /** No byte is equal to it. */
  static final int NONE = 256;

  /** Whether an escape stands there that makes text of the byte behind it. */
  boolean isEscaped(byte[] bytes, int at, int to) {
    return bytes[at] == escape
        && at + 1 < to
        && (bytes[at + 1] == escape || bytes[at + 1] == quote || bytes[at + 1] == separator);
  }
}
