package commondata.feed;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Decodes bytes so that no malformed one is lost, replaced or fatal: each becomes one lone low
 * surrogate (U+DC00 plus the byte), which well-formed text can't contain. The record it stands in
 * is refused later, and the next one is read as if nothing had been. Text that was recoded before
 * has kept them ({@link Recoded}); half of a pair of surrogates in it is another such surrogate.
 * Not thread-safe.
 */
final class StrictText {

  private static final char MARK = 0xDC00;
  private static final char LOST = 0xDFFF;
  private static final int TOLD_MAX = 4;
  private static final char SHOWN_FOR_LOST = '\uFFFD';

  private final CharsetDecoder decoder;
  private final boolean plain;
  private final boolean recoded;
  private boolean suspicious;

  StrictText(Charset charset, boolean recoded) {
    this.plain = Recoded.isPlain(charset);
    this.recoded = recoded;
    this.decoder =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
  }

  /** For what is read of a file of this layout. */
  static StrictText of(Layout layout) {
    return new StrictText(layout.readAs(), layout.isRecoded());
  }

  /** Whether anything decoded since {@link #begin} was malformed or NUL. */
  boolean suspicious() {
    return suspicious;
  }

  void begin() {
    suspicious = false;
  }

  String decode(byte[] bytes, int from, int to) {
    if (!plain) {
      return decodeWide(bytes, from, to);
    }
    for (int i = from; i < to; i++) {
      if (bytes[i] <= 0) {
        return decodeWide(bytes, from, to);
      }
    }
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  private String decodeWide(byte[] bytes, int from, int to) {
    ByteBuffer in = ByteBuffer.wrap(bytes, from, to - from);
    CharBuffer out = CharBuffer.allocate(2 * (to - from) + 1);
    decoder.reset();
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (result.isUnderflow()) {
        decoder.flush(out);
        break;
      }
      suspicious = true;
      for (int left = recoded ? 1 : result.length(); left > 0; left--) {
        int found = in.get() & 0xFF;
        out.put(recoded ? kept(in, found) : (char) (MARK + found));
      }
      decoder.reset();
    }
    String text = out.flip().toString();
    suspicious |= text.indexOf('\0') >= 0;
    return text;
  }

  /** What {@link Recoded} has made of a malformed byte, or of half of a pair. */
  private static char kept(ByteBuffer in, int lead) {
    if (in.remaining() < 2) {
      // The record is longer than one may be, and cut off here.
      return LOST;
    }
    int high = in.get() & 0xF;
    int low = in.get() & 0xF;
    return lead == Recoded.MALFORMED ? (char) (MARK + ((high << 4) | low)) : LOST;
  }

  /** Where the first malformed byte stands in a decoded text; -1 if there is none. */
  static int indexOfMalformed(CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isPair(text, i)) {
        i++;
      } else if (Character.isSurrogate(c)) {
        return i;
      }
    }
    return -1;
  }

  /** Whether a character of two chars stands there. */
  static boolean isPair(CharSequence text, int at) {
    return at + 1 < text.length()
        && Character.isSurrogatePair(text.charAt(at), text.charAt(at + 1));
  }

  private static boolean isByte(char c) {
    return c >= MARK && c <= MARK + 0xFF;
  }

  /** What is malformed at a place in a decoded text, in words. */
  static String malformed(String text, int at) {
    int end = at;
    while (end < text.length() && end < at + TOLD_MAX && isByte(text.charAt(end))) {
      end++;
    }
    return end == at
        ? "bytes that are no character of it"
        : (end == at + 1 ? "the byte " : "the bytes ") + visible(text.substring(at, end));
  }

  /** So many chars of a text, or all; one less if the last were half of a character. */
  static String beginOf(String text, int chars) {
    if (text.length() <= chars) {
      return text;
    }
    return text.substring(0, isPair(text, chars - 1) ? chars - 1 : chars);
  }

  /** The text with malformed bytes and NULs as {@code \xNN}, so that a table can hold it. */
  static String visible(String text) {
    if (indexOfMalformed(text) < 0 && text.indexOf('\0') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isPair(text, i)) {
        out.append(c).append(text.charAt(++i));
      } else if (c == 0 || isByte(c)) {
        out.append("\\x%02X".formatted(c & 0xFF));
      } else if (Character.isSurrogate(c)) {
        out.append(SHOWN_FOR_LOST);
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
