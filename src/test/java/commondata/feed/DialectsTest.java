package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import commondata.job.DefinitionException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files as other programs and other countries write them. */
final class DialectsTest {

  private static final String LAYOUT =
      """
      format: csv
      staging: staging.t
      columns_by: position
      columns:
        - {name: a, type: text}
        - {name: d, type: decimal}
        - {name: n, type: integer}
      """;

  private static ReadFile read(String more, String content) {
    return read(more, content, 1_000_000);
  }

  private static ReadFile read(String more, String content, int sliceBytes) {
    return ReadFile.of(LAYOUT + more, content.getBytes(StandardCharsets.UTF_8), sliceBytes);
  }

  @ParameterizedTest
  @CsvSource({
    "'decimal: \",\"', '1,5', 1.50",
    "'decimal: \",\"', '-1234,56', -1234.56",
    "'decimal: \",\"', '7', 7.00",
    "'decimal: \",\"\ngroup: \".\"', '1.234.567,8', 1234567.80",
    "'decimal: \",\"\ngroup: \".\"', '-12.345,67', -12345.67",
    "'decimal: \",\"\ngroup: \".\"', '1234567,8', 1234567.80",
    "'decimal: \",\"\ngroup: \".\"', '999', 999.00",
    "'group: \",\"', '1,234.5', 1234.50",
    "'group: \"''\"', '1''234.5', 1234.50",
    "'decimal: \",\"\ngroup: \"\\u202F\"', '1\u202F234,5', 1234.50",
    "'decimal: \",\"\ngroup: \"\\u00A0\"', '1\u00A0234,5', 1234.50",
    "'decimal: \",\"\ngroup: \" \"', '1 234,5', 1234.50"
  })
  void readNumbers(String keys, String value, String number) {
    ReadFile file = read("separator: \";\"\n" + keys + "\n", "x;%s;\n".formatted(value));

    assertThat(file.rejects()).isEmpty();
    assertThat(file.rows()).isEqualTo("9\t1\tx\t%s\t\\N\n".formatted(number));
  }

  @ParameterizedTest
  @CsvSource({
    "1.5", "'1.234,567.8'", "'1.23,5'", "'1234.567,5'", "'.123,5'", "'1,'", "','", "'1,5,5'",
    "'1..234'", "'1.234.'", "'12.34'", "'1,234.567'", "'-.123'", "'1.5'", "'1,234'", "'1e5'"
  })
  void refuseWhatIsNoNumber(String value) {
    ReadFile file =
        read("separator: \";\"\ndecimal: \",\"\ngroup: \".\"\n", "x;%s;1.234\n".formatted(value));

    assertThat(file.rejects()).containsExactly("1 d E-TYPE <x;%s;1.234>".formatted(value));
    assertThat(file.rows()).isEqualTo("9\t1\tx\t\\N\t1234\n");
  }

  @Test
  void addUpControlTotals() {
    String trailer =
        """
        decimal: ","
        group: "."
        trailer:
          mark: T
          columns: [{name: total, type: decimal}]
          control: [{declared: total, computed: sum, of: d}]
        """;

    assertThat(read(trailer, "x,\"1.000,50\",1\ny,\"2,25\",1\nT,\"1.002,75\"\n").errors())
        .isEmpty();
    assertThat(read(trailer, "x,\"1.000,50\",1\nT,\"1.000,51\"\n").errors())
        .extracting(FileError::code)
        .containsExactly(Code.CONTROL_SUM);
  }

  @Test
  void readNumbersOfFixedWidthWithTheirSigns() {
    String layout =
        """
        format: fixed
        staging: staging.t
        decimal: ","
        group: "."
        columns: [{name: d, type: decimal, sign: trailing, at: 1, length: 10}]
        """;

    ReadFile file =
        ReadFile.of(layout, "  1.234,5-\n     0,25+\n".getBytes(StandardCharsets.UTF_8), 1_000_000);

    assertThat(file.rejects()).isEmpty();
    assertThat(file.rows()).isEqualTo("9\t1\t-1234.50\n9\t2\t0.25\n");
  }

  @ParameterizedTest
  @CsvSource({"\\t, '\t'", "\\x1f, '\u001F'", "\\u0001, '\u0001'", "|, |", "\\x1e, '\u001E'"})
  void areSeparatedByAnything(String written, String separator) {
    ReadFile file =
        read(
            "separator: \"%s\"\n".formatted(written),
            "x,y%1$s1.5%1$s2\n\"q%1$s\n\"%1$s2%1$s3\n".formatted(separator));

    assertThat(file.rejects()).isEmpty();
    String kept = separator.equals("\t") ? "\\t" : separator;
    assertThat(file.rows()).isEqualTo("9\t1\tx,y\t1.5\t2\n9\t2\tq%s\\n\t2\t3\n".formatted(kept));
  }

  /** However the file is cut into slices. */
  @Test
  void escape() {
    String content =
        """
        "7\\" inch",1,2
        "\\\\",1,2
        "a\\"b\\"
        c\\\\\\"d",1,2
        C:\\new\\,x,1,2
        "C:\\new",1,2
        \\"q\\",1,2
        end\\\\,1,2
        "",1,2
        """;

    for (int sliceBytes = 1; sliceBytes < 100; sliceBytes += 7) {
      ReadFile file = read("escape: \"\\\\\"\n", content, sliceBytes);

      assertThat(file.errors()).isEmpty();
      assertThat(file.rejects()).isEmpty();
      assertThat(file.rows())
          .isEqualTo(
              """
              9\t1\t7" inch\t1\t2
              9\t2\t\\\\\t1\t2
              9\t3\ta"b"\\nc\\\\"d\t1\t2
              9\t5\tC:\\\\new,x\t1\t2
              9\t6\tC:\\\\new\t1\t2
              9\t7\t"q"\t1\t2
              9\t8\tend\\\\\t1\t2
              9\t9\t\\N\t1\t2
              """);
    }
  }

  @Test
  void escapeWithoutQuotes() {
    ReadFile file = read("escape: \"^\"\nquote: none\n", "a^,\"b^^,1,2\nc^,1,2,3\n");

    assertThat(file.rejects()).isEmpty();
    assertThat(file.rows()).isEqualTo("9\t1\ta,\"b^\t1\t2\n9\t2\tc,1\t2\t3\n");
  }

  @Test
  void doNotDoubleQuotesThatTheyEscape() {
    assertThat(read("escape: \"\\\\\"\n", "\"a\"\"b\",1,2\n").errors())
        .extracting(FileError::code)
        .containsExactly(Code.QUOTE);
    assertThat(read("escape: \"\\\\\"\n", "\"a\\\",1,2\n").errors())
        .extracting(FileError::message)
        .containsExactly("a quote that is opened in this line is not closed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "`escape: '\"'` ~ key \"escape\" must not be the quote: leave it out if quotes are doubled",
        "`escape: ','` ~ key \"escape\" must not be the separator, but is \",\"",
        "`escape: ab` ~ key \"escape\"",
        "`decimal: ;` ~ key \"decimal\"",
        "`group: '.'` ~ key \"group\" must not be \".\", which stands before the decimals: say",
        "`group: x` ~ key \"group\"",
        "`{decimal: ',', group: ','}` ~ key \"group\" must not be \",\", which stands before the",
        "`{decimal: ',', quote: none}` ~ key \"decimal\" must not be the separator, but is \",\":"
            + " without quotes it would end the number",
        "`{group: ',', quote: none}` ~ key \"group\" must not be the separator",
        "`{group: \"'\", quote: \"'\"}` ~ key \"group\" must not be the quote, but is \"'\"",
        "`{decimal: ',', separator: ';', escape: ','}` ~ key \"decimal\" must not be the escape"
      })
  void mustNotContradictThemselves(String keys, String why) {
    String lines = keys.replaceAll("[{}]", "").replaceAll(", (?=[a-z])", "\n");

    assertThatThrownBy(() -> read(lines + "\n", ""))
        .isInstanceOf(DefinitionException.class)
        .hasMessageContaining("layout.yaml, line ")
        .hasMessageContaining(why);
  }

  @Test
  void sayNothingOfNumbersThatAFileHasNot() {
    String texts = "format: csv\nstaging: staging.t\ncolumns: [{name: a, type: text}]\n";
    String whole = texts.replace("text", "integer");
    String implied = texts.replace("type: text", "type: decimal, implied_point: true");

    assertThatThrownBy(() -> ReadFile.of(texts + "group: \",\"\n", new byte[0], 1))
        .hasMessageContaining("line 4: key \"group\" is for numbers, but there is no such column");
    for (String layout : new String[] {texts, whole, implied}) {
      assertThatThrownBy(() -> ReadFile.of(layout + "decimal: \",\"\n", new byte[0], 1))
          .hasMessageContaining(
              "line 4: key \"decimal\" is for decimals that are written with it, but there is no");
    }
  }

  @Test
  void areForFilesThatComeIn() {
    assertThat(OutgoingFile.whyNot(layout("decimal: \",\"\n"))).contains("\"decimal\"");
    assertThat(OutgoingFile.whyNot(layout("escape: \"^\"\n"))).contains("\"escape\"");
    assertThat(OutgoingFile.whyNot(layout(""))).isNull();
  }

  private static Layout layout(String more) {
    String text = LAYOUT.replace("columns_by: position\n", "") + more;
    return Layout.read(new commondata.job.JobFolder("j", "j", name -> text), "layout.yaml");
  }
}
