package commondata.feed;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a text may begin with to say how it is encoded: U+FEFF, by itself. Whoever reads such a file
 * in another character set finds nonsense, and in one of single bytes no malformed one: without a
 * look at the mark, it would be loaded.
 */
enum ByteOrderMark {
  // Of two that begin alike, the longer one comes first.
  UTF_32LE("UTF-32LE", "\u00FF\u00FE\0\0"),
  UTF_32BE("UTF-32BE", "\0\0\u00FE\u00FF"),
  UTF_8("UTF-8", "\u00EF\u00BB\u00BF"),
  UTF_16LE("UTF-16LE", "\u00FF\u00FE"),
  UTF_16BE("UTF-16BE", "\u00FE\u00FF");

  /** Bytes of a file that {@link #foreign} wants to see: some blank or digit stands among them. */
  static final int LOOK_BYTES = 256;

  private final String charset;
  private final String bytes;

  /**
   * @param bytes each as a character
   */
  ByteOrderMark(String charset, String bytes) {
    this.charset = charset;
    this.bytes = bytes;
  }

  /** Its bytes. */
  byte[] bytes() {
    return bytes.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The encoding whose mark a text begins with, if it is not the one it is read in; else null. */
  static @Nullable String foreign(byte[] begin, Charset readIn) {
    for (ByteOrderMark mark : values()) {
      byte[] bytes = mark.bytes();
      int length = bytes.length;
      if (begin.length >= length && Arrays.equals(begin, 0, length, bytes, 0, length)) {
        String read = mark.readIn(readIn);
        return isMark(read) || mark.mayBeText(begin, readIn, read) ? null : mark.charset;
      }
    }
    return null;
  }

  /** What it is in a character set; null: nothing. */
  private @Nullable String readIn(Charset charset) {
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(bytes())).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /** Some decoders swallow the mark. */
  private static boolean isMark(@Nullable String read) {
    return read != null && (read.isEmpty() || read.equals("\uFEFF"));
  }

  /**
   * Whether these bytes may be letters: in EBCDIC; elsewhere two of them, unless a NUL follows, as
   * in UTF-16 with blanks, digits or line ends, and in no other text. The three of UTF-8 begin no
   * word in any alphabet.
   */
  private boolean mayBeText(byte[] begin, Charset readIn, @Nullable String read) {
    if (readIn.name().toUpperCase(Locale.ROOT).contains("UTF-")) {
      return false;
    }
    if (!Recoded.isAsciiBased(readIn)) {
      return true;
    }
    return read != null && bytes.length() == 2 && !hasNul(begin);
  }

  private static boolean hasNul(byte[] begin) {
    for (byte b : begin) {
      if (b == 0) {
        return true;
      }
    }
    return false;
  }
}
