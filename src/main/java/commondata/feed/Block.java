package commondata.feed;

import java.util.Arrays;

/** Some whole records, as the bytes they came as. */
final class Block {

  private final byte[] bytes;
  private final int length;
  private final long offset;
  private final long line;

  /**
   * @param bytes only the first {@code length} count
   * @param offset where the first byte stands in the content
   * @param line line the first record begins at
   */
  Block(byte[] bytes, int length, long offset, long line) {
    this.bytes = bytes;
    this.length = length;
    this.offset = offset;
    this.line = line;
  }

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  long offset() {
    return offset;
  }

  /** One record of it, as a block of its own. */
  Block only(RawRecord record) {
    int from = (int) (record.offset - offset);
    return only(from, from + record.length, record.line);
  }

  /** One record of it, by where it begins and ends among the bytes, as a block of its own. */
  Block only(int from, int to, long itsLine) {
    byte[] its = Arrays.copyOfRange(bytes, from, to);
    return new Block(its, its.length, offset + from, itsLine);
  }

  long line() {
    return line;
  }
}
