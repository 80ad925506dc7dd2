package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SliceReadingTest {

  private static final String CSV =
      """
      format: csv
      staging: staging.t
      columns:
        - {name: a, type: text, required: true}
        - {name: n, type: integer}
      trailer:
        mark: "#T"
        columns:
          - {name: rows, type: integer, required: true}
          - {name: total, type: integer, required: true}
        control:
          - {declared: rows, computed: count}
          - {declared: total, computed: sum, of: n}
      """;

  private static final String FIXED =
      """
      format: fixed
      staging: staging.t
      header: {mark: H, columns: [{name: d, type: date, at: 2, length: 8, format: yyyyMMdd}]}
      mark: D
      columns:
        - {name: a, type: text, required: true, at: 2, length: 3}
        - {name: n, type: decimal, implied_point: true, at: 5, length: 4}
      trailer:
        mark: T
        columns: [{name: total, type: decimal, implied_point: true, at: 2, length: 4}]
        control: [{declared: total, computed: sum, of: n}]
      """;

  private static ReadFile read(String layout, String text) {
    return read(layout, text.getBytes(StandardCharsets.UTF_8));
  }

  private static ReadFile read(String layout, byte[] bytes) {
    return ReadFile.of(layout, bytes, 1_000_000);
  }

  @Test
  void readsCsvWithEveryLineEnd() {
    ReadFile result = read(CSV, "a,n\r\nx,1\r\"y\nz\",\n\n#T,2,1\n");

    assertThat(result.errors()).isEmpty();
    assertThat(result.whole().records()).isEqualTo(2);
    assertThat(result.rows()).isEqualTo("9\t2\tx\t1\n9\t3\ty\\nz\t\\N\n");
    assertThat(result.whole().control()).contains("\"declared\"").contains("\"rows\":2");
  }

  @Test
  void copiesALineThatLooksLikeTheEndOfData() {
    ReadFile result = read(CSV, "a,n\n\\.,1\n\\N,2\n#T,2,3\n");

    assertThat(result.rows()).isEqualTo("9\t2\t\\\\.\t1\n9\t3\t\\\\N\t2\n");
  }

  @Test
  void reportsAllErrorsOfARecordAndGoesOn() {
    ReadFile result = read(CSV, "a,n\n,x\ny,2,3\nz,1\n#T,3,3\n");

    assertThat(result.errors()).isEmpty();
    assertThat(result.rejects())
        .containsExactly("2 a E-NULL <,x>", "2 n E-TYPE <,x>", "3  E-COLS <y,2,3>");
    assertThat(result.rows()).isEqualTo("9\t2\t\\N\t\\N\n9\t3\ty\t2\n9\t4\tz\t1\n");
  }

  @Test
  void showsMalformedBytesInTheRawRecord() {
    ReadFile result = read(CSV, "a,n\nx\u00E9,1\n#T,1,1\n".getBytes(StandardCharsets.ISO_8859_1));

    assertThat(result.rejects()).containsExactly("2 a E-CHARSET <x\\xE9,1>");
  }

  @Test
  void comparesControlTotals() {
    assertThat(read(CSV, "a,n\nx,1\n#T,2,2\n").errors())
        .extracting(FileError::toString)
        .containsExactly(
            "E-CTL-COUNT at line 3: the trailer declares 2 records, the file has 1",
            "E-CTL-SUM at line 3: the trailer declares 2 as the sum of n, the records give 1");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1_000_000})
  void saysHowManyValuesAreMissingInASum(int sliceBytes) {
    String csv = "a,n\nx,1\ny,one\nz\n,two\nw,\n#T,5,2\n";

    ReadFile result = ReadFile.of(CSV, csv.getBytes(StandardCharsets.UTF_8), sliceBytes);

    assertThat(result.errors())
        .extracting(FileError::toString)
        .containsExactly(
            "E-CTL-SUM at line 7: the trailer declares 2 as the sum of n, the records give 1, 3"
                + " values can't be read");
    assertThat(read(CSV, "a,n\nx,1\ny,one\n#T,2,2\n").errors().get(0).message())
        .endsWith("give 1, 1 value can't be read");
  }

  @Test
  void refusesTrailersThatAreNone() {
    assertThat(codes("a,n\nx,1\n")).containsExactly(Code.TRAILER);
    assertThat(codes("a,n\nx,1\n#T,1,1\n#T,1,1\n")).containsExactly(Code.TRAILER);
    assertThat(codes("a,n\nx,1\n#T,1,1\ny,1\n")).containsExactly(Code.TRAILER);
    assertThat(codes("a,n\nx,1\n#T,1\n")).containsExactly(Code.TRAILER);
    assertThat(codes("a,n\nx,1\n#T,one,1\n")).containsExactly(Code.TRAILER);
  }

  @Test
  void refusesNamesThatAreNotTheLayouts() {
    assertThat(codes("a\n#T,0,0\n")).containsExactly(Code.HEADER);
    assertThat(codes("a,n,x\n#T,0,0\n")).containsExactly(Code.HEADER);
    assertThat(codes("a,a\n#T,0,0\n")).containsExactly(Code.HEADER);
    assertThat(codes("")).containsExactly(Code.EMPTY);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "n,b,x | lacks the column \"a\" and has \"b\", \"x\", which the layout does not have",
        "n | lacks the column \"a\"",
        "x,y | lacks the columns \"a\", \"n\" and has \"x\", \"y\", which the layout does not have",
        "n,a,x | has \"x\", which the layout does not have",
        "a,n,a | has the column \"a\" twice"
      })
  void saysWhichNamesOfTheHeaderAreWrong(String header, String what) {
    assertThat(read(CSV, header + "\n#T,0,0\n").errors())
        .extracting(FileError::toString)
        .containsExactly("E-HEADER at line 1: the header " + what);
  }

  @Test
  void endsAtAQuoteThatIsNotClosed() {
    assertThat(read(CSV, "a,n\nx,1\n\"y,1\nz,1\n").errors())
        .extracting(FileError::code, FileError::line)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(Code.QUOTE, 3L));
    assertThat(codes("a,n\n\"y\" x,1\n")).containsExactly(Code.QUOTE);
  }

  @Test
  void namesTheLineWhereTheQuoteStandsThatIsWrong() {
    assertThat(read(CSV, "a,n\n\"x\r\ny\",\"1\nz,1\n").errors())
        .extracting(FileError::toString)
        .containsExactly("E-QUOTE at line 3: a quote that is opened in this line is not closed");
    assertThat(read(CSV, "a,n\n\"x\r\ny\"z,1\nz,1\n").errors())
        .extracting(FileError::toString)
        .containsExactly("E-QUOTE at line 3: text follows a closing quote in this line");
  }

  @Test
  void namesTheLineOfAQuoteThatIsOpenOverTheRestOfALargeFile() {
    byte[] bytes =
        ("a,n\nx,1\n\"y,1\n" + "z,1\n".repeat(3_000_000)).getBytes(StandardCharsets.UTF_8);

    assertThat(read(CSV, bytes).errors())
        .extracting(FileError::toString)
        .containsExactly(
            "E-QUOTE at line 3: a quote that is opened in this line is not closed within"
                + " 1,048,576 bytes");
  }

  @Test
  void passesOverALineThatIsTooLongAndGoesOn() {
    String csv = "a,n\nx,1\n" + "y".repeat(3_000_000) + ",1\r\nz,1\n#T,3,2\n";

    ReadFile result = read(CSV, csv);

    assertThat(result.errors()).isEmpty();
    assertThat(result.rejects())
        .extracting(reject -> reject.substring(0, 13))
        .contains("3  E-REC-LONG");
    assertThat(result.rows()).contains("9\t4\tz\t1\n");
  }

  /** What looks like a line of its own is part of the long record, or of one that is cut in two. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "%s,\"1\nevil,1\n\"\nz,1\n",
        "%s\"\"\nevil,1\n\"\nz,1\n",
        "%s,\"\nevil,1\nz,1\n",
        "%s\" inch,1\nz,1\n"
      })
  void refusesAFileWithAQuoteInTheRestOfALineThatIsTooLong(String records) {
    String csv = "a,n\nx,1\n" + records.formatted("y".repeat(3_000_000)) + "#T,3,2\n";

    ReadFile result = read(CSV, csv);

    assertThat(result.errors())
        .extracting(FileError::toString)
        .containsExactly(
            "E-QUOTE at line 3: the record is longer than 1,048,576 bytes, and with a quote in the"
                + " rest nobody can tell where it ends");
    assertThat(result.rows()).isEqualTo("9\t2\tx\t1\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {-2, -1, 0, 1, 2, 3, 4, 5, 6})
  void swallowsNoRecordBehindALongOneThatEndsWithCr(int more) {
    String longest = "y".repeat(BlockReader.RECORD_MAX - 2 + more) + ",";

    ReadFile result = read(CSV, "a,n\r" + longest + "\rz,1\r#T,2,1\r");

    assertThat(result.errors()).isEmpty();
    assertThat(result.rows()).contains("9\t3\tz\t1\n");
  }

  /** The line end does not count, whether it is there or not. */
  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\r", "\r\n"})
  void takesRecordsUpToTheLimit(String end) {
    String layout =
        """
        format: csv
        staging: staging.t
        columns: [{name: a, type: text, max_length: 2000000}]
        """;
    String longest = "y".repeat(BlockReader.RECORD_MAX);

    for (String more : List.of("", "y", "yy", "yyy", "yyyy", "yyyyy")) {
      ReadFile result = read(layout, "a\n" + longest + more + end);

      assertThat(result.errors()).isEmpty();
      assertThat(result.whole().records()).isEqualTo(1);
      assertThat(result.rejects())
          .as("with %d more", more.length())
          .hasSize(more.isEmpty() ? 0 : 1)
          .allMatch(reject -> reject.startsWith("2  E-REC-LONG"));
    }
  }

  /** What stands behind so many blanks is not read. */
  @Test
  void refusesALineThatIsLongerThanARecordMayBeThoughItLooksBlank() {
    String layout =
        """
        format: fixed
        staging: staging.t
        columns: [{name: a, type: text, at: 1, length: 2}]
        """;
    String blanks = " ".repeat(BlockReader.RECORD_MAX - 2);

    assertThat(read(layout, "ab" + blanks + "\ncd\n").rejects()).isEmpty();
    assertThat(read(layout, "ab" + blanks + "          x\ncd\n").rejects())
        .extracting(reject -> reject.substring(0, 13))
        .containsExactly("1  E-REC-LONG");
  }

  @Test
  void countsTheLinesOfARecordThatIsTooLong() {
    String longest = "\"y\ny\r\ny\"," + "y".repeat(BlockReader.RECORD_MAX);

    ReadFile result = read(CSV, "a,n\n" + longest + "\nz,1\n#T,2,1\n");

    assertThat(result.errors()).isEmpty();
    assertThat(result.rejects()).anyMatch(reject -> reject.startsWith("2  E-REC-LONG"));
    assertThat(result.rows()).contains("9\t5\tz\t1\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {30, 1_000_000})
  void refusesSumsThatAreTooLarge(int sliceBytes) {
    String csv = "a,n\n" + "x,900000000000000000\n".repeat(12) + "#T,12,1\n";

    ReadFile result = ReadFile.of(CSV, csv.getBytes(StandardCharsets.UTF_8), sliceBytes);

    assertThat(result.errors())
        .extracting(FileError::toString)
        .containsExactly(
            sliceBytes == 30
                ? "E-CTL-SUM at line 14: the trailer declares 1 as the sum of n, the records give"
                    + " 10800000000000000000"
                : "E-CTL-SUM at line 12: the sum of n has more than 18 digits");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 40, 200, 5_000})
  void readsTheSameWhateverTheSlices(int sliceBytes) {
    StringBuilder csv = new StringBuilder("a,n\n");
    for (int n = 0; n < 500; n++) {
      csv.append(
          n % 7 == 0 ? "\"x\"\"\n\r\n%d\",1\r\n".formatted(n) : "é%d,%d\n".formatted(n, n % 3));
      csv.append(n % 11 == 0 ? "\n,x\r" : "");
    }
    csv.append("#T,546,0\n");
    byte[] bytes = csv.toString().getBytes(StandardCharsets.UTF_8);
    ReadFile whole = read(CSV, bytes);

    ReadFile sliced = ReadFile.of(CSV, bytes, sliceBytes);

    assertThat(sliced).usingRecursiveComparison().ignoringFields("whole.slices").isEqualTo(whole);
    assertThat(whole.whole().records()).isEqualTo(546);
    assertThat(whole.rejects()).hasSize(2 * 46);
  }

  @Test
  void ordersTheRowsOfASliceByTheKeyOfTheirTable() {
    String layout = CSV.replace("staging: staging.t", "append: shop.t\nsorted_by: a");
    String keys = "k-2,k-11,k-1,,k-30,K-9,k-1é,k-12345678,k-2";
    String csv = "n,a\n0," + keys.replace(",", "\n0,") + "\n";

    assertThat(read(layout, csv).rows().lines().map(row -> row.split("\t", -1)[2]))
        .containsExactly("K-9", "k-1", "k-11", "k-12345678", "k-1é", "k-2", "k-2", "k-30");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x,1\n", "\n", "x\n"})
  void endsASliceBehindSoManyRecordsHoweverShortTheyAre(String record) {
    byte[] bytes = ("a,n\n" + record.repeat(100_000)).getBytes(StandardCharsets.UTF_8);

    ReadFile result = ReadFile.of(CSV, bytes, 540_000);

    assertThat(result.whole().slices())
        .hasSize(10)
        .allMatch(slice -> slice.nextLine() - slice.line() == 10_000);
  }

  @Test
  void holdsFewerRecordsInASliceTheMoreColumnsTheyHave() {
    StringBuilder layout = new StringBuilder("format: csv\nstaging: staging.t\ncolumns:\n");
    for (int i = 0; i < 84; i++) {
      layout.append("  - {name: c").append(i).append(", type: text}\n");
    }
    layout.append("columns_by: position\n");

    ReadFile result =
        ReadFile.of(
            layout.toString(), "x\n".repeat(4_000).getBytes(StandardCharsets.UTF_8), 300_000);

    assertThat(result.whole().slices()).hasSize(4).allMatch(slice -> slice.records() == 1_000);
  }

  @Test
  void refusesWhatStandsBehindTheTrailerInAnotherSlice() {
    for (String rest : List.of("y,1\n", "#T,1,1\n")) {
      byte[] bytes = ("a,n\nx,1\n#T,1,1\n" + rest).getBytes(StandardCharsets.UTF_8);

      assertThat(ReadFile.of(CSV, bytes, 4).errors())
          .extracting(FileError::code, FileError::line)
          .containsExactly(org.assertj.core.groups.Tuple.tuple(Code.TRAILER, 4L));
    }
  }

  private List<String> codes(String csv) {
    return read(CSV, csv).errors().stream().map(FileError::code).toList();
  }

  @Test
  void readsFixedWidth() {
    ReadFile result = read(FIXED, "H20261121\r\nDab 0150\r\nDcde0001   \r\nT0151");

    assertThat(result.errors()).isEmpty();
    assertThat(result.rejects()).isEmpty();
    assertThat(result.rows()).isEqualTo("9\t2\tab\t1.50\n9\t3\tcde\t0.01\n");
  }

  @Test
  void refusesFixedRecordsOfAnotherLength() {
    ReadFile result =
        read(FIXED, "H20261121\nDabc01\nDabc00010\nXabc\n" + "D".repeat(5_000) + "\nT0000\n");

    assertThat(result.rejects())
        .extracting(reject -> reject.substring(0, 14))
        .containsExactly(
            "2  E-REC-SHORT",
            "3  E-REC-LONG ",
            "4  E-REC-MARK ",
            "5  E-REC-LONG ",
            "5 n E-TYPE <DD");
    assertThat(result.whole().records()).isEqualTo(4);
  }

  @Test
  void refusesAFixedFileWithoutItsHeader() {
    assertThat(read(FIXED, "Dabc0001\nT0001\n").errors())
        .extracting(FileError::code)
        .containsExactly(Code.HEADER);
    assertThat(read(FIXED, "H20260230\nT0000\n").errors())
        .extracting(FileError::toString)
        .containsExactly(
            "E-HEADER at line 1: the header is unusable: column \"d\": expected a date as"
                + " yyyyMMdd, found \"20260230\": Invalid date 'FEBRUARY 30'");
  }
}
