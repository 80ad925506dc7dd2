package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Places and lengths are counted in characters: Java needs two chars for some of them. */
final class CharacterPlacesTest {

  private static final String COLUMNS =
      """
      staging: staging.t
      columns:
        - {name: name, type: text, at: 1, length: 10}
        - {name: quantity, type: integer, at: 11, length: 3}
        - {name: note, type: text, at: 14, length: 5}
      """;

  private static final String FIXED = "format: fixed\n" + COLUMNS;

  private static ReadFile read(String layout, String text, Charset charset) {
    return ReadFile.of(
        layout + "charset: " + charset.name() + "\n", text.getBytes(charset), 1_000_000);
  }

  private static ReadFile read(String layout, String text) {
    return read(layout, text, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "UTF-16", "GB18030"})
  void cutsBetweenCharacters(String charset) {
    ReadFile file =
        read(FIXED, "ab😀       012     \nc          13😀😀😀😀😀\n", Charset.forName(charset));

    assertThat(file.rejects()).isEmpty();
    assertThat(file.rows()).isEqualTo("9\t1\tab😀\t012\t\\N\n9\t2\tc\t13\t😀😀😀😀😀\n");
  }

  @Test
  void saysHowManyCharactersAreMissing() {
    ReadFile file = read(FIXED, "abcdefghi😀345a😀\n");

    assertThat(file.rejects()).containsExactly("1  E-REC-SHORT <abcdefghi😀345a😀>");
    assertThat(file.rows()).isEqualTo("9\t1\tabcdefghi😀\t345\t\\N\n");
  }

  @Test
  void readsWhatStandsBeforeACharacterThatALengthEndsIn() {
    String layout =
        "format: fixed\nstaging: staging.t\ncolumns: [{name: a, type: text, at: 1, length: 5}]\n";

    assertThat(read(layout, "abcd😀\n").rows()).isEqualTo("9\t1\tabcd😀\n");
    assertThat(read(layout, "abcd😀x\n").rejects()).containsExactly("1  E-REC-LONG <abcd😀x>");
    assertThat(read(layout, "abcd😀  \n").rejects()).isEmpty();
    assertThat(read(layout, "abc😀\n").rejects()).containsExactly("1  E-REC-SHORT <abc😀>");
  }

  @Test
  void findsColumnsInAnyOrder() {
    String layout =
        """
        format: fixed
        staging: staging.t
        mark: 🎵
        columns:
          - {name: c, type: text, at: 6, length: 2}
          - {name: a, type: text, at: 2, length: 2}
          - {name: b, type: integer, at: 4, length: 2}
        """;

    assertThat(read(layout, "🎵😀a12b😀\n").rows()).isEqualTo("9\t1\tb😀\t😀a\t12\n");
  }

  @Test
  void keepsThePlacesBehindMalformedBytes() {
    byte[] line = "a😀x       012     \n".getBytes(StandardCharsets.UTF_8);
    line[5] = (byte) 0xFF;

    ReadFile file = ReadFile.of(FIXED, line, 1_000_000);

    assertThat(file.rejects()).containsExactly("1 name E-CHARSET <a😀\\xFF       012     >");
    assertThat(file.rows()).isEqualTo("9\t1\t\\N\t012\t\\N\n");
  }

  @Test
  void cutsPrefixedRecordsTheSameWay() {
    byte[] record = "ab😀       012     ".getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(ByteBuffer.allocate(4).putInt(record.length).array());
    file.writeBytes(record);

    assertThat(
            ReadFile.of("format: prefixed\nprefix: int32\n" + COLUMNS, file.toByteArray(), 1_000)
                .rows())
        .isEqualTo("9\t1\tab😀\t012\t\\N\n");
  }

  @Test
  void measuresTextsInCharacters() {
    String layout =
        """
        format: csv
        staging: staging.t
        columns: [{name: a, type: text, min_length: 2, max_length: 3}]
        """;

    ReadFile file = read(layout, "a\n😀😀😀\n😀😀😀😀\n😀\n");

    assertThat(file.rows()).startsWith("9\t2\t😀😀😀\n");
    assertThat(file.rejects()).containsExactly("3 a E-RANGE <😀😀😀😀>", "4 a E-RANGE <😀>");
  }

  @Test
  void showsWholeCharactersOfALongText() {
    String wrong = "x".repeat(59) + "😀y";

    assertThat(Field.quoted(wrong)).isEqualTo("\"" + "x".repeat(59) + "...\"");
    assertThat(Field.quoted("x" + wrong)).isEqualTo("\"" + "x".repeat(60) + "...\"");
    assertThat(Field.quoted("😀".repeat(30))).isEqualTo("\"" + "😀".repeat(30) + "\"");
  }
}
