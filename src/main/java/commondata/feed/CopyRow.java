package commondata.feed;

import java.util.Arrays;

/**
 * Rows in the text format of COPY, as UTF-8 bytes. Backslash, tab, line feed and carriage return
 * are escaped, a missing value is {@code \N}; so neither a value nor a line of it can be taken for
 * a delimiter, a null or the end-of-data mark.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-copy.html">COPY, Text Format</a>
 */
final class CopyRow {

  /** Of a character. */
  private static final int BYTES_MAX = 3;

  /** Room that is made for what follows. */
  private static final int AHEAD_MAX = 256 * 1024;

  private byte[] bytes;
  private int size;
  private int fields;

  CopyRow(int capacity) {
    this.bytes = new byte[capacity];
  }

  /** Adds a value that is absent. */
  void nothing() {
    delimiter();
    absent();
  }

  private void absent() {
    room(2);
    bytes[size++] = '\\';
    bytes[size++] = 'N';
  }

  /** Adds a number. */
  void number(long value) {
    text(Long.toString(value));
  }

  /**
   * Adds a text; of one that no table can hold, because it has a NUL or half a surrogate pair, that
   * it is absent.
   *
   * @return whether it could be added
   */
  boolean text(String value) {
    delimiter();
    int begin = size;
    int length = value.length();
    if (bytes.length - size < length * BYTES_MAX) {
      room(bytesOf(value));
    }
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (c > 0 && c < 0x80) {
        ascii(c);
      } else if (c > 0 && !Character.isSurrogate(c)) {
        wide(c);
      } else if (StrictText.isPair(value, i)) {
        i++;
        pair(c, value.charAt(i));
      } else {
        size = begin;
        absent();
        return false;
      }
    }
    return true;
  }

  /** As many as {@link #text} writes of it at most: a pair has four, two for each of its halves. */
  private static int bytesOf(String value) {
    int count = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean isEscaped = c == '\\' || c == '\t' || c == '\n' || c == '\r';
      count += isEscaped ? 2 : c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    // An absent value needs two.
    return Math.max(2, count);
  }

  private void ascii(char c) {
    switch (c) {
      case '\\' -> escape('\\');
      case '\t' -> escape('t');
      case '\n' -> escape('n');
      case '\r' -> escape('r');
      default -> bytes[size++] = (byte) c;
    }
  }

  private void escape(char letter) {
    bytes[size++] = '\\';
    bytes[size++] = (byte) letter;
  }

  private void wide(char c) {
    if (c < 0x800) {
      bytes[size++] = (byte) (0xC0 | (c >> 6));
    } else {
      bytes[size++] = (byte) (0xE0 | (c >> 12));
      bytes[size++] = (byte) (0x80 | ((c >> 6) & 0x3F));
    }
    bytes[size++] = (byte) (0x80 | (c & 0x3F));
  }

  private void pair(char high, char low) {
    int point = Character.toCodePoint(high, low);
    bytes[size++] = (byte) (0xF0 | (point >> 18));
    bytes[size++] = (byte) (0x80 | ((point >> 12) & 0x3F));
    bytes[size++] = (byte) (0x80 | ((point >> 6) & 0x3F));
    bytes[size++] = (byte) (0x80 | (point & 0x3F));
  }

  /** Ends the row. */
  void end() {
    room(1);
    bytes[size++] = '\n';
    fields = 0;
  }

  private void delimiter() {
    if (fields++ > 0) {
      room(1);
      bytes[size++] = '\t';
    }
  }

  private void room(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, size + more + Math.min(bytes.length, AHEAD_MAX));
    }
  }

  int size() {
    return size;
  }

  /** For how many bytes there is room now. */
  int capacity() {
    return bytes.length;
  }

  /** The bytes; only the first {@link #size} count. */
  byte[] bytes() {
    return bytes;
  }

  /** Takes back what was written behind {@code length}. */
  void cutTo(int length) {
    size = length;
    fields = 0;
  }

  void clear() {
    size = 0;
    fields = 0;
  }
}
