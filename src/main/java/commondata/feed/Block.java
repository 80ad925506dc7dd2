package commondata.feed;

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

  long line() {
    return line;
  }
}
