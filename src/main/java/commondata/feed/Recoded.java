package commondata.feed;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Content of any character set as UTF-8, so that line ends, quotes and separators are those of
 * ASCII. What is malformed becomes the byte FF, which UTF-8 can't contain: the record it stands in
 * is refused later. A byte order mark is left out.
 */
final class Recoded extends InputStream {

  private static final int BYTES = 64 * 1024;
  private static final byte MARK = (byte) 0xFF;
  private static final char BOM = '\uFEFF';

  private final InputStream in;
  private final CharsetDecoder decoder;
  private final int unit;
  private final ByteBuffer bytes = ByteBuffer.allocate(BYTES).flip();
  private final CharBuffer chars = CharBuffer.allocate(BYTES);
  private ByteBuffer out = ByteBuffer.allocate(0);
  private boolean first = true;
  private boolean ended;

  private Recoded(InputStream in, Charset charset) {
    this.in = in;
    this.unit = unit(charset.name());
    this.decoder =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
  }

  /** Bytes of the smallest piece that a malformed one can be passed over by. */
  private static int unit(String charset) {
    if (charset.startsWith("UTF-16")) {
      return 2;
    }
    return charset.startsWith("UTF-32") ? 4 : 1;
  }

  /** The content itself if its bytes below 80 are those of ASCII and nothing else; else recoded. */
  static InputStream of(InputStream in, Charset charset) {
    return isPlain(charset) ? in : new Recoded(in, charset);
  }

  /** Whether records can be told apart, and fields decoded, without recoding. */
  static boolean isPlain(Charset charset) {
    boolean single =
        charset.newDecoder().maxCharsPerByte() == 1f
            && charset.canEncode()
            && charset.newEncoder().maxBytesPerChar() == 1f;
    return charset.equals(StandardCharsets.UTF_8) || (single && isAsciiBased(charset));
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
    chars.clear();
    CoderResult result = decoder.decode(bytes, chars, ended);
    chars.flip();
    if (first && chars.hasRemaining()) {
      first = false;
      chars.position(chars.get(0) == BOM ? 1 : 0);
    }
    ByteBuffer text = StandardCharsets.UTF_8.encode(chars);
    if (!result.isError()) {
      out = text;
      return;
    }
    out = ByteBuffer.allocate(text.remaining() + 1).put(text).put(MARK).flip();
    // The decoder goes on as it is: a reset would forget the byte order that the content began
    // with.
    bytes.position(bytes.position() + Math.min(unit, bytes.remaining()));
  }
}
