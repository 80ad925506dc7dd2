package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How much memory rows take that wait to be copied. */
final class SliceRowsTest {

  private static final int ROWS = 20;

  private static void fill(SliceRows rows, String text) {
    for (int line = 1; line <= ROWS; line++) {
      CopyRow row = rows.begin();
      row.number(7);
      row.number(line);
      row.text(text);
      rows.end(line);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"y", "\t", "\u00e9", "\u20ac", "\ud83d\ude00"})
  void isWhatLongTextsNeedAndNotWhatTheyMightNeed(String sign) {
    SliceRows rows = new SliceRows(false);
    String text = sign.repeat(1_000_000);
    long bytes = text.replace("\t", "\\t").getBytes(StandardCharsets.UTF_8).length;

    fill(rows, text);

    assertThat(rows.count()).isEqualTo(ROWS);
    assertThat(rows.bytes()).isBetween(ROWS * bytes, ROWS * (bytes + 20));
    assertThat(rows.capacity()).isLessThan(ROWS * (bytes + bytes / 2));
  }

  @Test
  void isGivenBackByLongOnes() {
    SliceRows rows = new SliceRows(false);
    fill(rows, "y".repeat(1_000_000));

    rows.clear();

    assertThat(rows.bytes()).isZero();
    assertThat(rows.capacity()).isLessThan(1_000_000);
    fill(rows, "z");
    byte[] last = new byte[rows.length(ROWS - 1)];
    rows.appendTo(last, 0, ROWS - 1);
    assertThat(new String(last, StandardCharsets.UTF_8)).isEqualTo("7\t20\tz\n");
  }
}
