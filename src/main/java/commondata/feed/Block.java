package commondata.feed;

import java.util.Arrays;

/** Some whole records, as the bytes they came as. */
final class Block {

  private final byte[] bytes;
  private final int length;
  private final long offset;
  private final long line;
  private final SourceBytes source;

  /** A byte, and where it stands in the file. */
  private int knownAt;

  private long known;

  /**
   * @param bytes only the first {@code length} count
   * @param offset where the first byte stands in the content
   * @param line line the first record begins at
   */
  Block(byte[] bytes, int length, long offset, long line) {
    this(bytes, length, offset, line, offset, SourceBytes.SAME);
  }

  /**
   * @param place where the first byte stands in the file, unpacked
   * @param source how many bytes of the file those of the content are
   */
  Block(byte[] bytes, int length, long offset, long line, long place, SourceBytes source) {
    this.bytes = bytes;
    this.length = length;
    this.offset = offset;
    this.line = line;
    this.known = place;
    this.source = source;
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

  /**
   * Where a byte stands in the file, unpacked; those that are asked for come in order, so that
   * nothing is counted twice.
   */
  long place(int at) {
    known += source.in(bytes, knownAt, at);
    knownAt = at;
    return known;
  }

  /** One record of it, as a block of its own. */
  Block only(RawRecord record) {
    int from = (int) (record.offset - offset);
    return only(from, from + record.length, record.line);
  }

  /** One record of it, by where it begins and ends among the bytes, as a block of its own. */
  Block only(int from, int to, long itsLine) {
    byte[] its = Arrays.copyOfRange(bytes, from, to);
    return new Block(its, its.length, offset + from, itsLine, place(from), source);
  }

  long line() {
    return line;
  }
}
