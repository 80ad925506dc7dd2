package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
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

  private static String printed(int terminalWidth) {
    StringWriter text = new StringWriter();
    new Table(ROWS, terminalWidth).print(new PrintWriter(text));
    return text.toString().replace(System.lineSeparator(), "\n");
  }
}
