package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.job.JobFolder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FileReadingTest {

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

  /** Keeps what it gets, as text. */
  private static final class Kept implements RecordSink {

    final CopyRow row = new CopyRow(1_000);
    final List<String> rejects = new ArrayList<>();

    @Override
    public CopyRow row() {
      return row;
    }

    @Override
    public void rowDone() {}

    @Override
    public void reject(long line, RecordErrors errors, String raw) {
      for (RecordErrors.Entry error : errors.entries()) {
        rejects.add(line + " " + error.column() + " " + error.code() + " <" + raw + ">");
      }
    }

    String rows() {
      return new String(row.bytes(), 0, row.size(), StandardCharsets.UTF_8);
    }
  }

  private final Kept kept = new Kept();

  private FileReading.Result read(String layout, String text) throws IOException {
    return read(layout, text.getBytes(StandardCharsets.UTF_8));
  }

  private FileReading.Result read(String layout, byte[] bytes) throws IOException {
    Layout parsed = Layout.read(new JobFolder("j", "j", name -> layout), "layout.yaml");
    return new FileReading(parsed, 9, kept).read(new ByteArrayInputStream(bytes));
  }

  @Test
  void readsCsvWithEveryLineEnd() throws IOException {
    FileReading.Result result = read(CSV, "a,n\r\nx,1\r\"y\nz\",\n\n#T,2,1\n");

    assertThat(result.errors()).isEmpty();
    assertThat(result.records()).isEqualTo(2);
    assertThat(kept.rows()).isEqualTo("9\t2\tx\t1\n9\t3\ty\\nz\t\\N\n");
    assertThat(result.control()).contains("\"declared\"").contains("\"rows\":2");
  }

  @Test
  void copiesALineThatLooksLikeTheEndOfData() throws IOException {
    read(CSV, "a,n\n\\.,1\n\\N,2\n#T,2,3\n");

    assertThat(kept.rows()).isEqualTo("9\t2\t\\\\.\t1\n9\t3\t\\\\N\t2\n");
  }

  @Test
  void reportsAllErrorsOfARecordAndGoesOn() throws IOException {
    FileReading.Result result = read(CSV, "a,n\n,x\ny,2,3\nz,1\n#T,3,3\n");

    assertThat(result.errors()).isEmpty();
    assertThat(kept.rejects)
        .containsExactly("2 a E-NULL <,x>", "2 n E-TYPE <,x>", "3  E-COLS <y,2,3>");
    assertThat(kept.rows()).isEqualTo("9\t2\t\\N\t\\N\n9\t3\ty\t2\n9\t4\tz\t1\n");
  }

  @Test
  void showsMalformedBytesInTheRawRecord() throws IOException {
    read(CSV, "a,n\nx\u00E9,1\n#T,1,1\n".getBytes(StandardCharsets.ISO_8859_1));

    assertThat(kept.rejects).containsExactly("2 a E-CHARSET <x\\xE9,1>");
  }

  @Test
  void comparesControlTotals() throws IOException {
    assertThat(read(CSV, "a,n\nx,1\n#T,2,2\n").errors())
        .extracting(FileError::toString)
        .containsExactly(
            "E-CTL-COUNT at line 3: the trailer declares 2 records, the file has 1",
            "E-CTL-SUM at line 3: the trailer declares 2 as the sum of n, the records give 1");
  }

  @Test
  void refusesTrailersThatAreNone() throws IOException {
    assertThat(codes("a,n\nx,1\n")).containsExactly(Code.TRAILER);
    assertThat(codes("a,n\nx,1\n#T,1,1\n#T,1,1\n")).containsExactly(Code.TRAILER);
    assertThat(codes("a,n\nx,1\n#T,1,1\ny,1\n")).containsExactly(Code.TRAILER);
    assertThat(codes("a,n\nx,1\n#T,1\n")).containsExactly(Code.TRAILER);
    assertThat(codes("a,n\nx,1\n#T,one,1\n")).containsExactly(Code.TRAILER);
  }

  @Test
  void refusesNamesThatAreNotTheLayouts() throws IOException {
    assertThat(codes("a\n#T,0,0\n")).containsExactly(Code.HEADER);
    assertThat(codes("a,n,x\n#T,0,0\n")).containsExactly(Code.HEADER);
    assertThat(codes("n,a\n#T,0,0\n")).containsExactly(Code.HEADER);
    assertThat(codes("")).containsExactly(Code.EMPTY);
  }

  @Test
  void endsAtAQuoteThatIsNotClosed() throws IOException {
    assertThat(read(CSV, "a,n\nx,1\n\"y,1\nz,1\n").errors())
        .extracting(FileError::code, FileError::line)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(Code.QUOTE, 3L));
    assertThat(codes("a,n\n\"y\" x,1\n")).containsExactly(Code.QUOTE);
    assertThat(codes("a,n\n" + "\"" + "y".repeat(2_000_000))).containsExactly(Code.LONG);
  }

  private List<String> codes(String csv) throws IOException {
    return read(CSV, csv).errors().stream().map(FileError::code).toList();
  }

  @Test
  void readsFixedWidth() throws IOException {
    FileReading.Result result = read(FIXED, "H20261121\r\nDab 0150\r\nDcde0001   \r\nT0151");

    assertThat(result.errors()).isEmpty();
    assertThat(kept.rejects).isEmpty();
    assertThat(kept.rows()).isEqualTo("9\t2\tab\t1.50\n9\t3\tcde\t0.01\n");
  }

  @Test
  void refusesFixedRecordsOfAnotherLength() throws IOException {
    FileReading.Result result =
        read(FIXED, "H20261121\nDabc01\nDabc00010\nXabc\n" + "D".repeat(5_000) + "\nT0000\n");

    assertThat(kept.rejects)
        .extracting(reject -> reject.substring(0, 14))
        .containsExactly(
            "2  E-REC-SHORT",
            "3  E-REC-LONG ",
            "4  E-REC-MARK ",
            "5  E-REC-LONG ",
            "5 n E-TYPE <DD");
    assertThat(result.records()).isEqualTo(4);
  }

  @Test
  void refusesAFixedFileWithoutItsHeader() throws IOException {
    assertThat(read(FIXED, "Dabc0001\nT0001\n").errors())
        .extracting(FileError::code)
        .containsExactly(Code.HEADER);
    assertThat(read(FIXED, "H20260230\nT0000\n").errors())
        .extracting(FileError::toString)
        .containsExactly(
            "E-HEADER at line 1: the header is unusable: column \"d\": expected a date as"
                + " yyyyMMdd, found \"20260230\"");
  }
}
