package commondata.feed;

import java.nio.charset.Charset;

/**
 * How many bytes of a file some of its text is. Text that {@link Recoded} has made UTF-8 of tells
 * it itself where all characters have one width: one byte, as in EBCDIC, or those of UTF-16 and
 * UTF-32. In other character sets nobody knows, and its bytes in UTF-8 are counted.
 */
final class SourceBytes {

  /** For what is read as it lies in the file. */
  static final SourceBytes SAME = new SourceBytes(0, 0);

  private final int narrow;
  private final int wide;

  /**
   * @param narrow bytes of a character that Java needs one char for
   * @param wide bytes of one that it needs two for
   */
  private SourceBytes(int narrow, int wide) {
    this.narrow = narrow;
    this.wide = wide;
  }

  static SourceBytes of(Layout layout) {
    return layout.isRecoded() ? of(layout.charset()) : SAME;
  }

  private static SourceBytes of(Charset charset) {
    int unit = Recoded.unit(charset);
    if (unit > 1) {
      return new SourceBytes(unit, Recoded.UNIT_MAX);
    }
    return Recoded.isSingle(charset) ? new SourceBytes(1, 1) : SAME;
  }

  /** Whether they are others than those of the text. */
  boolean areOthers() {
    return narrow > 0;
  }

  /** How many they are of text in UTF-8 that {@link Recoded} has made. */
  long in(byte[] text, int from, int to) {
    if (!areOthers()) {
      return (long) to - from;
    }
    long bytes = 0;
    for (int i = from; i < to; i++) {
      int lead = text[i] & 0xFF;
      if (lead == Recoded.MALFORMED) {
        bytes++;
      } else if (lead >= 0xF0) {
        bytes += wide;
      } else if (lead < 0x80 || lead >= 0xC0) {
        bytes += narrow;
      }
    }
    return bytes;
  }
}
