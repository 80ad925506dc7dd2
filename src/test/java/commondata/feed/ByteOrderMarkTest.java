package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a file says of its encoding by the bytes it begins with. */
final class ByteOrderMarkTest {

  private static final String LAYOUT =
      """
      format: csv
      staging: staging.t
      columns_by: position
      columns: [{name: a, type: text}, {name: n, type: integer}]
      charset: %s
      """;

  private static ReadFile read(String charset, byte[] content) {
    return ReadFile.of(LAYOUT.formatted(charset), content, 1_000);
  }

  private static byte[] marked(String charset) {
    return "\uFEFFx\u00E9,1\n".getBytes(Charset.forName(charset));
  }

  @ParameterizedTest
  @CsvSource({
    "UTF-8, ISO-8859-1",
    "UTF-8, windows-1252",
    "UTF-8, windows-1251",
    "UTF-8, US-ASCII",
    "UTF-8, Shift_JIS",
    "UTF-8, GB18030",
    "UTF-8, UTF-16",
    "UTF-8, UTF-16LE",
    "UTF-8, UTF-32",
    "UTF-16LE, UTF-8",
    "UTF-16BE, UTF-8",
    "UTF-32LE, UTF-8",
    "UTF-32BE, UTF-8",
    "UTF-16LE, UTF-16BE",
    "UTF-16BE, UTF-16LE",
    "UTF-16LE, UTF-32LE",
    "UTF-32LE, UTF-16",
    "UTF-32LE, UTF-16LE",
    "UTF-32BE, UTF-16BE",
    "UTF-16LE, ISO-8859-1",
    "UTF-16BE, windows-1251",
    "UTF-16LE, US-ASCII",
    "UTF-16LE, Shift_JIS",
    "UTF-32LE, windows-1252"
  })
  void refusesAFileWhoseMarkIsThatOfAnotherCharset(String mark, String charset) {
    ReadFile result = read(charset, marked(mark));

    assertThat(result.errors())
        .extracting(FileError::toString)
        .containsExactly(
            "E-CHARSET: the file begins with the mark of %s, but the layout says %s"
                .formatted(mark, charset));
    assertThat(result.rows()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "UTF-8, UTF-8",
    "UTF-16LE, UTF-16LE",
    "UTF-16BE, UTF-16BE",
    "UTF-16LE, UTF-16",
    "UTF-16BE, UTF-16",
    "UTF-32LE, UTF-32LE",
    "UTF-32LE, UTF-32",
    "UTF-8, CESU-8",
    "GB18030, GB18030"
  })
  void passesOverTheMarkOfItsCharset(String mark, String charset) {
    ReadFile result = read(charset, marked(mark));

    assertThat(result.errors()).isEmpty();
    assertThat(result.rows()).isEqualTo("9\t1\tx\u00E9\t1\n");
  }

  /** In Cyrillic the two bytes are letters, and in EBCDIC all of them may be. */
  @ParameterizedTest
  @CsvSource({"\u044F\u044E, windows-1251", "\u00FF\u00FE, ISO-8859-1", "\u00D5]\u00D7, IBM037"})
  void takesLettersForText(String begin, String charset) {
    byte[] content = (begin + "x,1\n").getBytes(Charset.forName(charset));

    ReadFile result = read(charset, content);

    assertThat(result.errors()).isEmpty();
    assertThat(result.rows()).isEqualTo("9\t1\t" + begin + "x\t1\n");
  }

  @Test
  void takesAFileThatIsShorterThanAMark() {
    for (byte[] content : new byte[][] {{}, {'x'}, {(byte) 0xEF, (byte) 0xBB}}) {
      assertThat(ByteOrderMark.foreign(content, StandardCharsets.ISO_8859_1)).isNull();
    }
    assertThat(ByteOrderMark.foreign(new byte[] {(byte) 0xFF, (byte) 0xFE}, StandardCharsets.UTF_8))
        .isEqualTo("UTF-16LE");
  }
}
