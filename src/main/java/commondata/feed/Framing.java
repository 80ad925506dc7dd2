package commondata.feed;

/**
 * Finds where a record ends, in bytes: records are told apart before their text is decoded, so that
 * a load can stop and go on at any of them. A record begins where the one before it ended, whatever
 * was in it: so a framing needs no memory of more than the record it looked at last.
 *
 * <p>Works in every character set whose line ends, quotes and separators are those of ASCII;
 * content in another is recoded before, if its {@link Format} is text.
 */
interface Framing {

  /** The record goes on behind the bytes that are there. */
  int INCOMPLETE = -1;

  /** From here on no record can be told from another; {@link #broken} says why. */
  int BROKEN = -2;

  /**
   * Where the record that begins at {@code from} ends, its line end included.
   *
   * @param to behind the last byte that is there; more than {@code from}
   * @param last whether nothing comes behind {@code to}
   */
  int end(byte[] bytes, int from, int to, boolean last);

  /** Lines of the record that was looked at last; without lines a record counts as one. */
  default int lines() {
    return 1;
  }

  /** A record as it stands in a file. */
  default byte[] framed(byte[] record) {
    return record;
  }

  /** Where the text of a record begins, behind what only frames it. */
  default int textFrom(int begin) {
    return begin;
  }

  /** Where the text of a record ends, before what only frames it. */
  default int textTo(byte[] bytes, int begin, int end) {
    return end;
  }

  /** Whether the rest of a record that is too long can be passed over, up to the next line. */
  default boolean goesOnAtNextLine() {
    return false;
  }

  /** A byte between two of which a line end is text; {@link Dialect#NONE} if there is no such. */
  default int quote() {
    return Dialect.NONE;
  }

  /**
   * Why the record looked at last can't be told from the next one: it is broken, or did not end
   * where records must have ended.
   *
   * @param line where it begins
   */
  FileError broken(long line);
}
