package commondata.feed;

/**
 * How a CSV file is written.
 *
 * @param separator byte between two fields
 * @param quote byte around a field that holds a separator or a line end, or {@link #NO_QUOTE}
 */
record Dialect(byte separator, int quote) {

  /** No byte is equal to it. */
  static final int NO_QUOTE = 256;
}
