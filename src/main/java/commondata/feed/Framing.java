package commondata.feed;

/**
 * Finds where a record ends, in bytes: records are told apart before their text is decoded, so that
 * a load can stop and go on at any of them. Works in every character set whose line ends, quotes
 * and separators are those of ASCII; content in another is recoded before.
 */
interface Framing {

  /** The record goes on behind the bytes that are there. */
  int INCOMPLETE = -1;

  /** From here on no record can be told from another. */
  int BROKEN = -2;

  /**
   * Where the record that begins at {@code from} ends, its line end included.
   *
   * @param last whether nothing comes behind {@code to}
   */
  int end(byte[] bytes, int from, int to, boolean last);

  /** Lines of the record that was looked at last. */
  int lines();

  /** Whether the record looked at last stopped inside quotes. */
  boolean isQuoted();

  static Framing of(Layout layout) {
    return switch (layout.format()) {
      case CSV -> new CsvFraming(layout.dialect());
      case FIXED -> new LineFraming();
    };
  }
}
