package commondata.feed;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Content of any character set as UTF-8, so that line ends, quotes and separators are those of
 * ASCII. A malformed byte becomes FF, which UTF-8 can't contain, and two bytes that can't stand
 * alone with four bits each; half of a pair of surrogates, which UTF-32 has room for, three bytes,
 * as if it were a character. The record they stand in is refused later. A byte order mark is one of
 * UTF-8 then.
 */
final class Recoded extends InputStream {

  /** What stands before the two halves of a malformed byte. */
  static final int MALFORMED = 0xFF;

  private static final int BYTES = 64 * 1024;
  static final int UNIT_MAX = 4;
  private static final int CHAR_BYTES = 3;
  private static final char BOM = '\uFEFF';

  private final InputStream in;
  private final CharsetDecoder decoder;
  private final int unit;
  private final ByteBuffer bytes = ByteBuffer.allocate(BYTES).flip();
  private final CharBuffer chars = CharBuffer.allocate(BYTES);
  private final ByteBuffer out = ByteBuffer.allocate(CHAR_BYTES * (BYTES + 1 + UNIT_MAX)).limit(0);
  private final CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();
  private boolean first = true;
  private boolean marked;
  private boolean ended;

  private Recoded(InputStream in, Charset charset) {
    this.in = in;
    this.unit = unit(charset);
    this.decoder =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
  }

  /** Bytes of the smallest piece that a malformed one can be passed over by. */
  static int unit(Charset charset) {
    String name = charset.name().toUpperCase(Locale.ROOT);
    return name.contains("UTF-16") ? 2 : name.contains("UTF-32") ? UNIT_MAX : 1;
  }

  /** The content itself if its bytes below 80 are those of ASCII and nothing else; else recoded. */
  static InputStream of(InputStream in, Charset charset) {
    return isPlain(charset) ? in : new Recoded(in, charset);
  }

  /** Whether records can be told apart, and fields decoded, without recoding. */
  static boolean isPlain(Charset charset) {
    return charset.equals(StandardCharsets.UTF_8) || (isSingle(charset) && isAsciiBased(charset));
  }

  /** Whether each character is a byte. */
  static boolean isSingle(Charset charset) {
    return charset.newDecoder().maxCharsPerByte() == 1f
        && charset.canEncode()
        && charset.newEncoder().maxBytesPerChar() == 1f;
  }

  /** Whether text of ASCII is written in a character set as in ASCII. */
  static boolean isAsciiBased(Charset charset) {
    String ascii = "\n\r,;|\t\"'09AZaz";
    return charset.canEncode()
        && new String(ascii.getBytes(charset), StandardCharsets.US_ASCII).equals(ascii);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    while (!out.hasRemaining()) {
      if (ended && !bytes.hasRemaining()) {
        return -1;
      }
      decode();
    }
    int count = Math.min(length, out.remaining());
    out.get(buffer, offset, count);
    return count;
  }

  private void decode() throws IOException {
    bytes.compact();
    int read = ended ? -1 : in.read(bytes.array(), bytes.position(), bytes.remaining());
    bytes.position(bytes.position() + Math.max(0, read));
    bytes.flip();
    ended = ended || read < 0;
    marked = first ? isMark() : marked;
    first = false;
    chars.clear();
    CoderResult result = decoder.decode(bytes, chars, ended);
    out.clear();
    encode(chars.flip());
    if (result.isError()) {
      // The decoder goes on as it is: a reset would forget the byte order that the content began
      // with.
      for (int bad = Math.min(unit, bytes.remaining()); bad > 0; bad--) {
        byte one = bytes.get();
        out.put((byte) MALFORMED).put((byte) (0x80 | ((one >> 4) & 0xF)));
        out.put((byte) (0x80 | (one & 0xF)));
      }
    }
    out.flip();
  }

  /** Whether the content begins with a mark that the decoder may swallow. */
  private boolean isMark() {
    int at = bytes.position();
    if (unit == 1 || bytes.remaining() < unit) {
      return false;
    }
    int mark = unit == 2 ? bytes.getShort(at) & 0xFFFF : bytes.getInt(at);
    return unit == 2
        ? mark == BOM || mark == Character.reverseBytes(BOM)
        : mark == BOM || mark == Integer.reverseBytes(BOM);
  }

  private void encode(CharBuffer text) {
    if (marked && text.hasRemaining()) {
      marked = false;
      if (text.get(text.position()) != BOM) {
        put(BOM);
      }
    }
    encoder.reset();
    while (encoder.encode(text, out, true).isError()) {
      put(text.get());
      encoder.reset();
    }
  }

  /** One char, and be it half of a pair. */
  private void put(char one) {
    out.put((byte) (0xE0 | (one >> 12))).put((byte) (0x80 | ((one >> 6) & 0x3F)));
    out.put((byte) (0x80 | (one & 0x3F)));
  }
}
