package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;

final class TableTest {

  private static final Rows ROWS =
      new Rows("orderId", "total", "reason")
          .add("a", new BigDecimal("12.50"), null)
          .add("longer", new BigDecimal("3.00"), "out of stock, and more words about it");

  @Test
  void alignsTextToTheLeftAndNumbersToTheRight() {
    assertThat(printed(0))
        .isEqualTo(
            """
            order id  total  reason
            --------  -----  -------------------------------------
            a         12.50
            longer     3.00  out of stock, and more words about it
            """);
  }

  @Test
  void cutsTheWidestColumnOnATerminal() {
    assertThat(printed(30).lines()).allMatch(line -> line.length() <= 30);
    assertThat(printed(30)).contains("longer     3.00  out of stock…");
  }

  private static final Rows REJECTS =
      new Rows("line", "message", "correctedAs", "raw")
          .add(
              2, "expected a whole number, found \"many\"", null, "A-1,CU-0001,2026-11-20,S-1,many")
          .add(3, "expected a value, found none", null, "A-1,CU-0001,2026-11-20,S-1,");

  @Test
  void leavesOutColumnsWithoutAValueWhereThereIsNoRoom() {
    assertThat(printed(REJECTS, 80).lines()).first().asString().matches("line  message +raw");
    assertThat(printed(REJECTS, 80).lines()).allMatch(line -> line.length() <= 80);
    assertThat(printed(REJECTS, 95)).contains("corrected as");
    assertThat(printed(REJECTS, 0)).contains("corrected as");
  }

  @Test
  void knowsWhichColumnsItLeavesOut() {
    assertThat(new Table(REJECTS, 80).leftOut()).containsExactly("correctedAs");
    assertThat(new Table(REJECTS, 95).leftOut()).isEmpty();
    assertThat(new Table(REJECTS, 0).leftOut()).isEmpty();
  }

  @Test
  void keepsTheColumnsOfATableWithoutAValue() {
    assertThat(printed(new Rows("first", "second"), 8)).startsWith("first  second");
    assertThat(printed(new Rows("first", "second").add(null, null), 8)).startsWith("first  second");
  }

  @Test
  void cutsTheColumnThatYieldsBeforeTheWidest() {
    Rows rows = new Rows("message", "raw").cutFirst("raw");
    rows.add("a message that tells", "a record that is as long as it likes");

    assertThat(printed(rows, 40)).contains("a message that tells  a record that is …");
    assertThat(printed(rows, 20)).contains("a message…  a recor…");
    assertThat(printed(rows, 0)).contains("a record that is as long as it likes");
  }

  @Test
  void aTimeOfSqlHasItsOffset() {
    OffsetDateTime at = OffsetDateTime.parse("2026-11-30T09:15:00.25Z");

    String shown = printed(new Rows("at").add(at), 0).lines().toList().get(2);

    assertThat(OffsetDateTime.parse(shown.replace(' ', 'T')).toInstant()).isEqualTo(at.toInstant());
  }

  @Test
  void showsWhatATerminalWouldObey() {
    Rows sent =
        new Rows("raw")
            .add("\u001B[2J\u0007\u007F\u009B31m")
            .add("a\u202Eb\u2066c\u200Bd\uFEFF")
            .add("one\ttwo\r\nthree\u0085four\u2028five")
            .add("\uDB40\uDC01 \uD800")
            .add("C:\\new, Søren, 日本, 👍");

    assertThat(printed(sent, 0).lines().skip(2))
        .containsExactly(
            "\\x1B[2J\\x07\\x7F\\x9B31m",
            "a\\u202Eb\\u2066c\\u200Bd\\uFEFF",
            "one\\ttwo\\r\\nthree\\x85four\\u2028five",
            "\\u{E0001} \\uD800",
            "C:\\new, Søren, 日本, 👍");
  }

  @Test
  void aHeadingIsShownAsACellIs() {
    assertThat(printed(new Rows("\u001B[K").add(1), 0)).startsWith("\\x1B[k");
  }

  private static String printed(int terminalWidth) {
    return printed(ROWS, terminalWidth);
  }

  private static String printed(Rows rows, int terminalWidth) {
    StringWriter text = new StringWriter();
    new Table(rows, terminalWidth).print(new PrintWriter(text));
    return text.toString().replace(System.lineSeparator(), "\n");
  }
}
