package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Text in every character set that this Java knows. */
final class CharsetsTest {

  private static final String LAYOUT =
      """
      format: csv
      staging: staging.t
      columns: [{name: a, type: text, required: true}, {name: n, type: integer}]
      charset: %s
      """;

  /** More than is decoded at a time. */
  private static final int RECORDS = 5_000;

  private static ReadFile read(String charset, byte[] content, int sliceBytes) {
    return ReadFile.of(LAYOUT.formatted(charset), content, sliceBytes);
  }

  /** Second bytes of some of these characters are quotes, separators or backslashes in ASCII. */
  @ParameterizedTest
  @CsvSource({
    "Shift_JIS, \u8868\u30BD\u80FD\u4E88\u7533\uFF71",
    "windows-31j, \u8868\u30BD\u2460\u9AD9",
    "EUC-JP, \u65E5\u672C\u8A9E\uFF71",
    "ISO-2022-JP, \u65E5\u672C\u8A9E\u304B\u306A",
    "GB18030, \u6C49\u5B57\u20AC\uD840\uDC00\u00E9",
    "GBK, \u6C49\u5B57\u9571",
    "Big5, \u4E2D\u6587\u529F\u84CB",
    "EUC-KR, \uD55C\uAD6D\uC5B4",
    "ISO-2022-KR, \uD55C\uAD6D\uC5B4",
    "TIS-620, \u0E44\u0E17\u0E22",
    "KOI8-R, \u0440\u0443\u0441",
    "ISO-8859-7, \u03B5\u03BB",
    "UTF-32, \uD83D\uDE00\u00E9",
    "IBM930, \u65E5\u672C"
  })
  void readsTheTextOfMany(String charset, String text) {
    StringBuilder csv = new StringBuilder("a,n\n");
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < RECORDS; i++) {
      csv.append(i % 2 == 0 ? text : '"' + text + ",\"").append(',').append(i).append('\n');
      rows.append("9\t%d\t%s%s\t%d\n".formatted(i + 2, text, i % 2 == 0 ? "" : ",", i));
    }
    byte[] content = csv.toString().getBytes(Charset.forName(charset));

    for (int sliceBytes : new int[] {1_000, 10_000_000}) {
      ReadFile result = read(charset, content, sliceBytes);

      assertThat(result.errors()).isEmpty();
      assertThat(result.rejects()).isEmpty();
      assertThat(result.rows()).isEqualTo(rows.toString());
    }
  }

  /** In the file as it lies there, and not in the text that is made of it. */
  @ParameterizedTest
  @CsvSource({
    "IBM1047, \u00E4\u00DF",
    "IBM037, \u00E9",
    "ISO-8859-1, \u00E9",
    "UTF-8, \uD83D\uDE00\u00E9",
    "UTF-16, \uD83D\uDE00\u20AC",
    "UTF-16LE, \uD83D\uDE00\u20AC",
    "x-UTF-16LE-BOM, \uD83D\uDE00\u20AC",
    "UTF-32, \uD83D\uDE00\u00E9",
    "UTF-32BE, \uD83D\uDE00\u00E9"
  })
  void saysWhereARecordBegins(String name, String text) {
    Charset charset = Charset.forName(name);
    StringBuilder csv = new StringBuilder("a,n\n");
    List<Long> places = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      boolean wrong = i % 7 == 3;
      if (wrong) {
        places.add((long) csv.toString().getBytes(charset).length);
      }
      csv.append(text).append(wrong ? ",x\n" : ",1\n");
    }

    for (int sliceBytes : new int[] {1_000, 10_000_000}) {
      assertThat(read(name, csv.toString().getBytes(charset), sliceBytes).places())
          .isEqualTo(places);
    }
  }

  @ParameterizedTest
  @CsvSource({"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
  void countsAMarkThatTheFileBeginsWith(String name) {
    Charset charset = Charset.forName(name);
    byte[] content = "\uFEFFa,n\nx,y\n".getBytes(charset);
    long place = "\uFEFFa,n\n".getBytes(charset).length;

    for (String read : List.of(name, name.substring(0, 6))) {
      ReadFile file = read(read, content, 1_000);

      assertThat(file.rejects()).containsExactly("2 n E-TYPE <x,y>");
      assertThat(file.places()).containsExactly(place);
    }
  }

  /** Others would be a question mark for whoever reads the row. */
  @ParameterizedTest
  @CsvSource({"UTF-32BE, 216", "UTF-32BE, 220", "UTF-32LE, 216", "UTF-32LE, 223"})
  void refusesHalfOfAPair(String name, int half) {
    Charset charset = Charset.forName(name);
    byte[] content = "a,n\ny?,1\nz,x\n".getBytes(charset);
    content[4 * 5 + (name.endsWith("BE") ? 2 : 1)] = (byte) half;

    ReadFile file = read(name, content, 1_000);

    assertThat(file.rejects()).containsExactly("2 a E-CHARSET <y\uFFFD,1>", "3 n E-TYPE <z,x>");
    assertThat(file.places()).containsExactly(16L, 36L);
  }

  @Test
  void showsTheBytesOfTheFileThatAreMalformed() {
    byte[] content = "a,n\ny?,1\nz,x\n".getBytes(Charset.forName("IBM424"));
    content[5] = (byte) 0x70;

    ReadFile file = read("IBM424", content, 1_000);

    assertThat(file.rejects()).containsExactly("2 a E-CHARSET <y\\x70,1>", "3 n E-TYPE <z,x>");
    assertThat(file.places()).containsExactly(4L, 9L);
  }

  @Test
  void readsWhatAnyOfThemCanWrite() {
    String text = "a,n\nx,1\n\"y,\n\",2\n";
    List<String> tried = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    for (Charset charset : Charset.availableCharsets().values()) {
      if (charset.canEncode() && charset.newEncoder().canEncode(text)) {
        tried.add(charset.name());
        ReadFile result = read(charset.name(), text.getBytes(charset), 1_000);
        if (!result.rows().equals("9\t2\tx\t1\n9\t3\ty,\\n\t2\n")) {
          wrong.add(charset.name() + " " + result.errors() + result.rejects());
        }
      }
    }
    assertThat(tried).hasSizeGreaterThan(100);
    assertThat(wrong).isEmpty();
  }
}
