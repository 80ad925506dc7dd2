package commondata.feed;

import java.util.Arrays;

/**
 * Records of one length, one behind the other, with nothing between them. What is left at the end
 * and is no whole record says that the file was cut off, or that its records have another length.
 */
final class LengthFraming implements Framing {

  private final int length;
  private final byte blank;
  private int left;

  /**
   * @param length bytes of a record
   * @param blank what a shorter one is filled up with
   */
  LengthFraming(int length, byte blank) {
    this.length = length;
    this.blank = blank;
  }

  @Override
  public int end(byte[] bytes, int from, int to, boolean last) {
    left = to - from;
    if (left >= length) {
      return from + length;
    }
    return last ? BROKEN : INCOMPLETE;
  }

  @Override
  public byte[] framed(byte[] record) {
    byte[] filled = Arrays.copyOf(record, Math.max(record.length, length));
    Arrays.fill(filled, record.length, filled.length, blank);
    return filled;
  }

  @Override
  public FileError broken(long line) {
    return new FileError(
        line,
        Code.LENGTH,
        "records have %,d bytes, and the file ends with %,d".formatted(length, left));
  }
}
