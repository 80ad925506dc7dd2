package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are made of several types of records, and files that do not name their columns. */
final class RecordTypesTest {

  private static final String TRAILER =
      """
        control:
          - {declared: records, computed: count}
          - {declared: lines, computed: count, mark: L}
          - {declared: total, computed: sum, of: n, mark: L}
          - {declared: both, computed: sum, of: n}
      """;

  private static final String FIXED =
      """
      format: fixed
      header: {mark: H, columns: [{name: d, type: date, at: 2, length: 8, format: yyyyMMdd}]}
      records:
        - mark: O
          staging: staging.o
          columns:
            - {name: id, type: text, required: true, at: 2, length: 3}
            - {name: n, type: integer, at: 5, length: 2}
        - mark: L
          staging: staging.l
          columns: [{name: n, type: integer, required: true, at: 2, length: 3}]
        - mark: X
          staging: staging.l
          columns: [{name: note, type: text, at: 2, length: 3}]
      trailer:
        mark: T
        columns:
          - {name: records, type: integer, at: 2, length: 2}
          - {name: lines, type: integer, at: 4, length: 2}
          - {name: total, type: integer, at: 6, length: 3}
          - {name: both, type: integer, at: 9, length: 3}
      """
          + TRAILER;

  private static final String CSV =
      """
      format: csv
      header: {mark: H, columns: [{name: d, type: date}]}
      records:
        - mark: O
          append: shop.o
          columns: [{name: id, type: text, required: true}, {name: n, type: integer}]
        - {mark: L, append: shop.l, columns: [{name: n, type: integer, required: true}]}
      trailer:
        mark: T
        columns:
          - {name: records, type: integer}
          - {name: lines, type: integer}
          - {name: total, type: integer}
          - {name: both, type: integer}
      """
          + TRAILER;

  private static ReadFile read(String layout, String text) {
    return read(layout, text, 1_000_000);
  }

  private static ReadFile read(String layout, String text, int sliceBytes) {
    return ReadFile.of(layout, text.getBytes(StandardCharsets.UTF_8), sliceBytes);
  }

  private static List<String> errors(ReadFile file) {
    return file.errors().stream().map(FileError::toString).toList();
  }

  @Test
  void tellsFixedRecordsByTheirMarks() {
    ReadFile file = read(FIXED, "H20261121\nOab  7\nL 10\nL 20\nOcd\nXabc\nT 5 2 30 37\n");

    assertThat(errors(file)).isEmpty();
    assertThat(file.rejects()).containsExactly("5  E-REC-SHORT <Ocd>");
    assertThat(file.rows())
        .isEqualTo("9\t2\tab\t7\n9\t5\t\\N\t\\N\n9\t3\t10\n9\t4\t20\n9\t6\tabc\n");
  }

  @Test
  void tellsCsvRecordsByTheirFirstField() {
    ReadFile file = read(CSV, "H,2026-11-21\nO,ab,7\n\"L\",10\nL,20\nO,,x\nL\nT,5,3,30,37\n");

    assertThat(errors(file)).isEmpty();
    assertThat(file.rejects())
        .containsExactly("5 id E-NULL <O,,x>", "5 n E-TYPE <O,,x>", "6  E-COLS <L>");
    assertThat(file.rows()).isEqualTo("9\t2\tab\t7\n9\t3\t10\n9\t4\t20\n");
  }

  @Test
  void refusesRecordsOfNoKnownTypeAndCountsThem() {
    ReadFile fixed = read(FIXED, "H20261121\nOab  7\nZ 10\nT 2 0  0  7\n");
    ReadFile csv = read(CSV, "H,2026-11-21\nO,ab,7\nLL,10\nT,2,0,0,7\n");

    assertThat(errors(fixed)).isEmpty();
    assertThat(fixed.rejects()).containsExactly("3  E-REC-MARK <Z 10>");
    assertThat(fixed.rows()).isEqualTo("9\t2\tab\t7\n");
    assertThat(errors(csv)).isEmpty();
    assertThat(csv.rejects()).containsExactly("3  E-REC-MARK <LL,10>");
  }

  @Test
  void comparesTotalsOfOneTypeAndOfAll() {
    ReadFile file = read(FIXED, "H20261121\nOab  7\nL 10\nL 20\nT 2 1 29 36\n");

    assertThat(errors(file))
        .containsExactly(
            "E-CTL-COUNT at line 5: the trailer declares 2 records, the file has 3",
            "E-CTL-COUNT at line 5: the trailer declares 1 record L, the file has 2",
            "E-CTL-SUM at line 5: the trailer declares 29 as the sum of L.n, the records give 30",
            "E-CTL-SUM at line 5: the trailer declares 36 as the sum of n, the records give 37");
  }

  @Test
  void refusesACsvFileWithoutItsHeaderOrWithTwo() {
    assertThat(errors(read(CSV, "O,ab,7\nT,1,0,0,7\n")))
        .containsExactly("E-HEADER at line 1: the header is missing");
    assertThat(errors(read(CSV, "H,2026-11-21\nH,2026-11-21\nT,0,0,0,0\n")))
        .containsExactly("E-HEADER at line 2: the header stands here again");
    assertThat(errors(read(CSV, "H,2026-11-21,1\nT,0,0,0,0\n")))
        .containsExactly("E-HEADER at line 1: the header is unusable: expected 1 column, found 2");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 30, 500})
  void readsTheSameWhateverTheSlices(int sliceBytes) {
    StringBuilder text = new StringBuilder("H20261121\n");
    for (int n = 0; n < 300; n++) {
      text.append(n % 7 == 0 ? "O%03d 1\n".formatted(n) : "L%3d\n".formatted(n));
      text.append(n % 50 == 0 ? "?\n" : "");
    }
    text.append("T9999999999");
    ReadFile whole = read(FIXED, text.toString());

    ReadFile sliced = read(FIXED, text.toString(), sliceBytes);

    assertThat(sliced.whole())
        .usingRecursiveComparison()
        .ignoringFields("slices")
        .isEqualTo(whole.whole());
    assertThat(sliced.rejects()).isEqualTo(whole.rejects()).hasSize(6);
    assertThat(sliced.rows().lines()).hasSameElementsAs(whole.rows().lines().toList());
    assertThat(whole.whole().records()).isEqualTo(306);
  }

  @Test
  void findsColumnsOfCsvByTheirPosition() {
    String layout =
        """
        format: csv
        staging: staging.t
        columns_by: position
        columns: [{name: a, type: text, required: true}, {name: n, type: integer}]
        """;

    ReadFile file = read(layout, "a,1\nn,x\nb\n");

    assertThat(file.errors()).isEmpty();
    assertThat(file.rejects()).containsExactly("2 n E-TYPE <n,x>", "3  E-COLS <b>");
    assertThat(file.rows()).isEqualTo("9\t1\ta\t1\n9\t2\tn\t\\N\n9\t3\tb\t\\N\n");
    assertThat(read(layout, "").whole().records()).isZero();
  }

  @Test
  void findsColumnsByTheirPositionBetweenHeaderAndTrailer() {
    String layout =
        """
        format: csv
        staging: staging.t
        columns_by: position
        header: {mark: HDR, columns: [{name: batch, type: integer, required: true}]}
        columns: [{name: a, type: text, required: true}, {name: n, type: integer}]
        trailer:
          mark: END
          columns: [{name: records, type: integer}]
          control: [{declared: records, computed: count}]
        """;

    ReadFile file = read(layout, "HDR,7\na,1\nb,2\nEND,2\n");

    assertThat(file.errors()).isEmpty();
    assertThat(file.rows()).isEqualTo("9\t2\ta\t1\n9\t3\tb\t2\n");
  }
}
