package commondata.feed;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Decodes UTF-8 so that no malformed byte is lost, replaced or fatal: each becomes one lone low
 * surrogate (U+DC00 plus the byte), which well-formed text can't contain. The record it stands in
 * is refused later, and the next one is read as if nothing had been. A byte order mark is skipped.
 */
final class StrictDecoder extends Reader {

  private static final int BYTES = 64 * 1024;
  private static final char MARK = 0xDC00;
  private static final char BOM = '\uFEFF';

  private final InputStream in;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private final ByteBuffer bytes = ByteBuffer.allocate(BYTES).flip();
  private boolean first = true;
  private boolean ended;
  private boolean suspicious;
  private int pending = -1;

  StrictDecoder(InputStream in) {
    this.in = in;
  }

  /** Whether any character up to here was malformed or NUL. */
  boolean suspicious() {
    return suspicious;
  }

  @Override
  public int read(char[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (pending >= 0) {
      buffer[offset] = (char) pending;
      pending = -1;
      return 1;
    }
    return length == 1 ? readOne(buffer, offset) : readMany(buffer, offset, length);
  }

  /** A character may need two places: the second waits for the next call. */
  private int readOne(char[] buffer, int offset) throws IOException {
    char[] two = new char[2];
    int count = readMany(two, 0, 2);
    if (count > 0) {
      buffer[offset] = two[0];
      pending = count == 2 ? two[1] : -1;
    }
    return Math.min(count, 1);
  }

  private int readMany(char[] buffer, int offset, int length) throws IOException {
    CharBuffer out = CharBuffer.wrap(buffer, offset, length).slice();
    while (out.position() == 0) {
      if (!bytes.hasRemaining() && !fill()) {
        return -1;
      }
      decode(out);
    }
    int count = out.position();
    if (first) {
      first = false;
      if (buffer[offset] == BOM) {
        System.arraycopy(buffer, offset + 1, buffer, offset, --count);
        return count == 0 ? readMany(buffer, offset, length) : count;
      }
    }
    lookForNul(buffer, offset, count);
    return count;
  }

  private void decode(CharBuffer out) throws IOException {
    CoderResult result = decoder.decode(bytes, out, ended);
    if (result.isMalformed() || result.isUnmappable()) {
      suspicious = true;
      for (int i = 0; i < result.length() && out.hasRemaining(); i++) {
        out.put((char) (MARK + (bytes.get() & 0xFF)));
      }
      decoder.reset();
    } else if (result.isUnderflow() && out.position() == 0 && bytes.hasRemaining()) {
      // A character is cut by the end of the buffer: its other bytes are needed.
      fill();
    }
  }

  private boolean fill() throws IOException {
    bytes.compact();
    int read = in.read(bytes.array(), bytes.position(), bytes.remaining());
    if (read > 0) {
      bytes.position(bytes.position() + read);
    }
    bytes.flip();
    ended = read < 0;
    return bytes.hasRemaining();
  }

  private void lookForNul(char[] buffer, int offset, int count) {
    for (int i = offset; !suspicious && i < offset + count; i++) {
      suspicious = buffer[i] == '\0';
    }
  }

  /** Does nothing: the stream belongs to who opened it. */
  @Override
  public void close() {}

  /** Where the first malformed byte stands in a decoded text; -1 if there is none. */
  static int indexOfMalformed(CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)) {
        i++;
      } else if (Character.isLowSurrogate(c)) {
        return i;
      }
    }
    return -1;
  }

  /** The text with malformed bytes and NULs as {@code \xNN}, so that a table can hold it. */
  static String visible(String text) {
    if (indexOfMalformed(text) < 0 && text.indexOf('\0') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c) && i + 1 < text.length()) {
        out.append(c).append(text.charAt(++i));
      } else if (c == 0 || Character.isSurrogate(c)) {
        out.append("\\x%02X".formatted(c & 0xFF));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
