package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import commondata.job.JobFolder;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records that begin with their length. */
final class PrefixedTest {

  private static final String COLUMNS =
      """
      header: {mark: H, columns: [{name: d, type: date, at: 2, length: 8, format: yyyyMMdd}]}
      staging: staging.t
      mark: D
      columns:
        - {name: a, type: text, required: true, at: 2, length: 3}
        - {name: n, type: decimal, implied_point: true, sign: overpunch, at: 5, length: 4}
      trailer:
        mark: T
        columns: [{name: total, type: decimal, implied_point: true, at: 2, length: 4}]
        control: [{declared: total, computed: sum, of: n}]
      """;

  private static final String RDW = "format: prefixed\n" + COLUMNS;
  private static final String INT32 = "format: prefixed\nprefix: int32\n" + COLUMNS;
  private static final String BARE =
      """
      format: prefixed
      prefix: int32
      staging: staging.t
      columns: [{name: a, type: text, at: 1, length: 2}]
      """;

  private static byte[] rdw(Charset charset, String... records) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String record : records) {
      byte[] bytes = record.getBytes(charset);
      out.writeBytes(ByteBuffer.allocate(4).putShort((short) (bytes.length + 4)).array());
      out.writeBytes(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] int32(String... records) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String record : records) {
      byte[] bytes = record.getBytes(StandardCharsets.UTF_8);
      out.writeBytes(ByteBuffer.allocate(4).putInt(bytes.length).array());
      out.writeBytes(bytes);
    }
    return out.toByteArray();
  }

  private static List<String> errors(String layout, byte[] content) {
    return ReadFile.of(layout, content, 1_000).errors().stream().map(FileError::toString).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "IBM1047", "IBM037", "ISO-8859-1"})
  void readsRecordsOfAMainframe(String charset) {
    byte[] content =
        rdw(Charset.forName(charset), "H20261121", "Da\nb015{", "Dé\rx010J   ", "DX", "T0049");

    ReadFile file = ReadFile.of(RDW + "charset: " + charset + "\n", content, 1_000_000);

    assertThat(file.errors()).isEmpty();
    assertThat(file.rejects()).containsExactly("4  E-REC-SHORT <DX>");
    assertThat(file.rows()).isEqualTo("9\t2\ta\\nb\t1.50\n9\t3\té\\rx\t-1.01\n9\t4\t\\N\t\\N\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 30, 500})
  void readsTheSameWhateverTheSlices(int sliceBytes) {
    String[] records = new String[401];
    Arrays.setAll(records, n -> n % 9 == 0 ? "?" : "D%03d0000".formatted(n));
    records[0] = "H20261121";
    records[400] = "T0000";
    byte[] content = int32(records);
    ReadFile whole = ReadFile.of(INT32, content, 1_000_000);

    assertThat(ReadFile.of(INT32, content, sliceBytes))
        .usingRecursiveComparison()
        .ignoringFields("whole.slices")
        .isEqualTo(whole);
    assertThat(whole.errors()).isEmpty();
    assertThat(whole.rejects()).hasSize(44).contains("10  E-REC-MARK <?>");
    assertThat(whole.whole().records()).isEqualTo(399);
  }

  @Test
  void endsAtALengthThatCannotBe() {
    byte[] one = int32("ab");
    assertThat(errors(BARE, joined(one, 0, 0, 0, 0)))
        .containsExactly("E-REC-LENGTH at line 2: by its length 00000000 this record is empty");
    assertThat(errors(BARE, joined(one, 0xFF, 0xFF, 0xFF, 0xFF)))
        .containsExactly(
            "E-REC-LENGTH at line 2: by its length FFFFFFFF this record has more than 1,048,576"
                + " bytes");
    assertThat(errors(RDW, new byte[] {0, 4, 0, 0}))
        .containsExactly("E-REC-LENGTH at line 1: by its length 00040000 this record is empty");
    assertThat(errors(RDW, new byte[] {0, 9, 1, 0, 'H', '2', '0', '2', '6'}))
        .containsExactly(
            "E-REC-LENGTH at line 1: by its length 00090100 this record is a part of one that spans"
                + " several, which can't be read");
  }

  @Test
  void refusesAFileThatIsCutOff() {
    byte[] two = int32("ab", "cd");

    assertThat(errors(BARE, Arrays.copyOf(two, 11)))
        .containsExactly("E-REC-LENGTH at line 2: of 6 bytes of this record the file holds 5");
    assertThat(errors(BARE, Arrays.copyOf(two, 8)))
        .containsExactly("E-REC-LENGTH at line 2: the file ends within the length of this record");
    assertThat(errors(BARE, Arrays.copyOf(two, 6))).isEmpty();
    assertThat(errors(BARE, new byte[0])).isEmpty();
  }

  @Test
  void takesRecordsUpToTheLimit() {
    String longest = "ab" + " ".repeat(BlockReader.RECORD_MAX - 2);

    ReadFile file = ReadFile.of(BARE, int32("ab", longest, "cd"), 1_000);

    assertThat(file.errors()).isEmpty();
    assertThat(file.rejects()).isEmpty();
    assertThat(file.rows()).isEqualTo("9\t1\tab\n9\t2\tab\n9\t3\tcd\n");
    assertThat(errors(BARE, int32("ab", longest + " ", "cd")))
        .containsExactly(
            "E-REC-LENGTH at line 2: by its length 00100001 this record has more than 1,048,576"
                + " bytes");
  }

  @Test
  void framesACorrectedRecordAsAFileHasIt() {
    for (String layout : List.of(RDW, INT32)) {
      Layout parsed = Layout.read(new JobFolder("j", "j", name -> layout), "layout.yaml");
      CorrectedRecords records =
          new CorrectedRecords(parsed, new TreeMap<>(Map.of(3L, "Dab 0150", 7L, "Dcd 0151")));

      assertThat(records.errors()).isEmpty();
      assertThat(records.slice().blocks())
          .extracting(Block::line, Block::length)
          .containsExactly(tuple(3L, 12), tuple(7L, 12));
    }
  }

  @Test
  void refusesTheRecordWithMalformedBytes() {
    byte[] content = int32("ab", "cd");
    content[4] = (byte) 0xFF;

    ReadFile file = ReadFile.of(BARE, content, 1_000);

    assertThat(file.rejects()).containsExactly("1 a E-CHARSET <\\xFFb>");
    assertThat(file.rows()).contains("9\t2\tcd\n");
  }

  private static byte[] joined(byte[] begin, int... more) {
    byte[] all = Arrays.copyOf(begin, begin.length + more.length);
    for (int i = 0; i < more.length; i++) {
      all[begin.length + i] = (byte) more[i];
    }
    return all;
  }
}
