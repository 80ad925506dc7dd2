package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import commondata.job.JobFolder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records of one length, without line ends. */
final class BlockedTest {

  private static final String LAYOUT =
      """
      format: blocked
      record_length: 6
      staging: staging.t
      mark: D
      columns:
        - {name: a, type: text, required: true, at: 2, length: 2}
        - {name: n, type: integer, at: 4, length: 3}
      trailer:
        mark: T
        columns: [{name: total, type: integer, at: 2, length: 5}]
        control: [{declared: total, computed: sum, of: n}]
      """;

  private static byte[] content(String records) {
    return records.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static ReadFile read(byte[] content) {
    return ReadFile.of(LAYOUT + "charset: ISO-8859-1\n", content, 1_000);
  }

  private static List<String> errors(byte[] content) {
    return read(content).errors().stream().map(FileError::toString).toList();
  }

  @Test
  void takesLineEndsForWhatTheyAreInBinaryTransfer() {
    ReadFile file = read(content("D\na001D\rb002T00003"));

    assertThat(file.errors()).isEmpty();
    assertThat(file.rejects()).isEmpty();
    assertThat(file.rows()).isEqualTo("9\t1\t\\na\t001\n9\t2\t\\rb\t002\n");
  }

  @Test
  void passesOverWhatFillsARecordUp() {
    String wide = LAYOUT.replace("record_length: 6", "record_length: 9");

    ReadFile file = ReadFile.of(wide, content("Dab001\0\0\0Dcd002xyzT00003   "), 1_000);

    assertThat(file.errors()).isEmpty();
    assertThat(file.rejects()).isEmpty();
    assertThat(file.rows()).isEqualTo("9\t1\tab\t001\n9\t2\tcd\t002\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"IBM037", "IBM1047", "UTF-8"})
  void readsEveryCharacterSet(String charset) {
    byte[] content = "Dab001T00001".getBytes(Charset.forName(charset));

    ReadFile file =
        ReadFile.of(
            LAYOUT + (charset.equals("UTF-8") ? "" : "charset: " + charset + "\n"), content, 1_000);

    assertThat(file.errors()).isEmpty();
    assertThat(file.rows()).isEqualTo("9\t1\tab\t001\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 500})
  void readsTheSameWhateverTheSlices(int sliceBytes) {
    StringBuilder records = new StringBuilder();
    for (int n = 0; n < 400; n++) {
      records.append(n % 9 == 0 ? "?     " : "Dab000");
    }
    byte[] content = content(records + "T00000");
    ReadFile whole = ReadFile.of(LAYOUT, content, 1_000_000);

    assertThat(ReadFile.of(LAYOUT, content, sliceBytes))
        .usingRecursiveComparison()
        .ignoringFields("whole.slices")
        .isEqualTo(whole);
    assertThat(whole.errors()).isEmpty();
    assertThat(whole.rejects()).hasSize(45).contains("10  E-REC-MARK <?     >");
    assertThat(whole.whole().records()).isEqualTo(400);
  }

  @Test
  void refusesAFileWhoseEndIsNoRecord() {
    byte[] whole = content("Dab001T00001");

    assertThat(errors(Arrays.copyOf(whole, 11)))
        .containsExactly("E-REC-LENGTH at line 2: records have 6 bytes, and the file ends with 5");
    assertThat(errors(Arrays.copyOf(whole, 3)))
        .containsExactly("E-REC-LENGTH at line 1: records have 6 bytes, and the file ends with 3");
    assertThat(errors(content("Dab001T00001\n")))
        .containsExactly("E-REC-LENGTH at line 3: records have 6 bytes, and the file ends with 1");
    assertThat(errors(Arrays.copyOf(whole, 6))).singleElement().asString().startsWith("E-TRAILER");
    assertThat(errors(whole)).isEmpty();
  }

  @Test
  void fillsUpACorrectedRecord() {
    Layout layout = Layout.read(new JobFolder("j", "j", name -> LAYOUT), "layout.yaml");

    CorrectedRecords fit =
        new CorrectedRecords(layout, new TreeMap<>(Map.of(3L, "Dab", 7L, "Dcd001")));
    CorrectedRecords two = new CorrectedRecords(layout, new TreeMap<>(Map.of(3L, "Dab001Dcd001")));
    CorrectedRecords more = new CorrectedRecords(layout, new TreeMap<>(Map.of(3L, "Dab001x")));

    assertThat(fit.errors()).isEmpty();
    assertThat(fit.slice().blocks())
        .extracting(Block::line, Block::length)
        .containsExactly(tuple(3L, 6), tuple(7L, 6));
    assertThat(two.errors()).extracting(RecordError::code).containsExactly(Code.ONE);
    assertThat(more.errors()).extracting(RecordError::code).containsExactly(Code.ONE);
  }
}
