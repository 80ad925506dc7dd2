package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a file is packed and written, as its layout declares it. */
final class FormatsTest {

  private static final String COLUMNS =
      """
      format: csv
      staging: staging.t
      columns:
        - {name: a, type: text, required: true}
        - {name: n, type: integer}
      """;

  private static final byte[] CSV = "a,n\nx,1\ny,2\n".getBytes(StandardCharsets.UTF_8);
  private static final String ROWS = "9\t2\tx\t1\n9\t3\ty\t2\n";

  private static ReadFile read(String more, byte[] content) {
    return ReadFile.of(COLUMNS + more, content, 1_000_000);
  }

  private interface Packing {
    OutputStream into(OutputStream out) throws IOException;
  }

  private static byte[] packed(byte[] content, Packing packing) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream packer = packing.into(out)) {
      packer.write(content);
    }
    return out.toByteArray();
  }

  private static ZipOutputStream zip(OutputStream out, String... before) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out);
    for (String name : before) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(CSV);
      zip.closeEntry();
    }
    zip.putNextEntry(new ZipEntry("../../last.csv"));
    return zip;
  }

  @Test
  void unpacks() throws IOException {
    byte[] gzip = packed(CSV, GZIPOutputStream::new);

    assertThat(read("compression: gzip\n", gzip).rows()).isEqualTo(ROWS);
    assertThat(read("compression: zip\n", packed(CSV, out -> zip(out))).rows()).isEqualTo(ROWS);
    assertThat(read("compression: bzip2\n", packed(CSV, BZip2CompressorOutputStream::new)).rows())
        .isEqualTo(ROWS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "bzip2", "zip"})
  void refusesWhatIsNotPackedAsDeclared(String compression) {
    for (byte[] content : new byte[][] {CSV, {}, {0x1F, (byte) 0x8B}}) {
      assertThat(read("compression: " + compression + "\n", content).errors())
          .extracting(FileError::code)
          .containsExactly(Code.ZIP);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "bzip2", "zip"})
  void saysThatItIsPacked(String compression) throws IOException {
    assertThat(read("", packed(CSV, packing(compression))).errors())
        .extracting(FileError::message)
        .containsExactly(
            "the content is packed with %s, but the layout says no compression"
                .formatted(compression));
  }

  @Test
  void refusesAFileThatIsCutOff() throws IOException {
    byte[] gzip = packed(CSV, GZIPOutputStream::new);

    ReadFile result = read("compression: gzip\n", Arrays.copyOf(gzip, gzip.length - 4));

    assertThat(result.errors()).extracting(FileError::code).containsExactly(Code.ZIP);
  }

  private static Packing packing(String compression) {
    return switch (compression) {
      case "gzip" -> GZIPOutputStream::new;
      case "bzip2" -> BZip2CompressorOutputStream::new;
      default -> out -> zip(out);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "bzip2"})
  void unpacksOnePackedFileBehindAnother(String compression) throws IOException {
    byte[] first = packed(Arrays.copyOf(CSV, 8), packing(compression));
    byte[] rest = packed(Arrays.copyOfRange(CSV, 8, CSV.length), packing(compression));

    ReadFile result = read("compression: " + compression + "\n", joined(first, rest));

    assertThat(result.errors()).isEmpty();
    assertThat(result.rows()).isEqualTo(ROWS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "bzip2"})
  void refusesWhatStandsBehindAPackedFileAndIsNone(String compression) throws IOException {
    byte[] packed = packed(CSV, packing(compression));

    for (byte[] tail :
        new byte[][] {
          {'z'},
          "z,3\n".getBytes(StandardCharsets.UTF_8),
          new byte[1_000],
          Arrays.copyOf(packed, 1),
          Arrays.copyOf(packed, 5),
          Arrays.copyOf(packed, packed.length - 1)
        }) {
      assertThat(read("compression: " + compression + "\n", joined(packed, tail)).errors())
          .as("with %d bytes", tail.length)
          .extracting(FileError::code)
          .containsExactly(Code.ZIP);
    }
  }

  private static byte[] joined(byte[] first, byte[] rest) {
    byte[] both = Arrays.copyOf(first, first.length + rest.length);
    System.arraycopy(rest, 0, both, first.length, rest.length);
    return both;
  }

  @Test
  void saysThatAPackedFileIsCutOff() throws IOException {
    byte[] gzip = packed(CSV, GZIPOutputStream::new);

    assertThat(read("compression: gzip\n", Arrays.copyOf(gzip, 15)).errors())
        .extracting(FileError::toString)
        .containsExactly("E-ZIP: the file can't be unpacked: it is cut off");
  }

  @Test
  void refusesAPackedFileWhoseNameDoesNotEnd() {
    byte[] header = {0x1F, (byte) 0x8B, 8, 8, 0, 0, 0, 0, 0, 0};
    byte[] name = new byte[5 * 1024 * 1024];
    Arrays.fill(name, (byte) 'x');

    assertThat(read("compression: gzip\n", joined(header, name)).errors())
        .extracting(FileError::toString)
        .containsExactly(
            "E-ZIP: the file can't be unpacked: nothing comes out of more than 4,194,304 bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "bzip2", "zip"})
  void refusesABomb(String compression) throws IOException {
    byte[] bomb = packed(new byte[64 * 1024 * 1024], packing(compression));

    assertThat(read("compression: " + compression + "\n", bomb).errors())
        .extracting(FileError::toString)
        .containsExactly(
            "E-ZIP: the file can't be unpacked: it unpacks to more than 200 times its size");
  }

  /** However much of it comes out of its first bytes: what counts is the file as a whole. */
  @ParameterizedTest
  @ValueSource(strings = {"gzip", "bzip2"})
  void takesAFileThatUnpacksToLessThanTwoHundredTimesItsSize(String compression)
      throws IOException {
    byte[] blank = new byte[17 * 1024 * 1024];
    Arrays.fill(blank, (byte) '\n');
    System.arraycopy(CSV, 0, blank, 0, CSV.length);
    StringBuilder records = new StringBuilder();
    Random random = new Random(20_261_121);
    for (int i = 0; i < 6_000; i++) {
      records.append(new UUID(random.nextLong(), random.nextLong())).append(",3\n");
    }
    byte[] rest = records.toString().getBytes(StandardCharsets.UTF_8);
    byte[] file = packed(joined(blank, rest), packing(compression));
    assertThat(file.length * 200L).isGreaterThan(blank.length + rest.length);

    ReadFile result = read("compression: " + compression + "\n", file);

    assertThat(result.errors()).isEmpty();
    assertThat(result.whole().records()).isEqualTo(6_002);
  }

  @Test
  void refusesAZipOfMoreThanOneFile() throws IOException {
    byte[] two = packed(CSV, out -> zip(out, "first.csv"));

    assertThat(read("compression: zip\n", two).errors())
        .extracting(FileError::message)
        .containsExactly("the file can't be unpacked: it holds more than one file");
  }

  /** The first archive is what is read, the last one what the file says it is. */
  @Test
  void refusesAZipThatIsNotTheWholeFile() throws IOException {
    byte[] zip = packed(CSV, out -> zip(out));
    byte[] noEnd = Arrays.copyOf(zip, zip.length - 1);
    byte[] lies = zip.clone();
    lies[zip.length - 6]++;

    for (byte[] content :
        List.of(joined(zip, zip), joined(zip, new byte[] {'\n'}), noEnd, joined(CSV, zip), lies)) {
      ReadFile result = read("compression: zip\n", content);

      assertThat(result.errors()).extracting(FileError::code).containsExactly(Code.ZIP);
      assertThat(result.rows()).isEmpty();
    }
  }

  @Test
  void saysThatAFileWithoutAHeaderIsPacked() throws IOException {
    byte[] gzip = packed(CSV, GZIPOutputStream::new);

    assertThat(read("columns_by: position\n", gzip).errors())
        .extracting(FileError::toString)
        .containsExactly(
            "E-ZIP: the content is packed with gzip, but the layout says no compression");
  }

  @Test
  void takesTextThatBeginsLikeAPackingForText() {
    ReadFile result =
        read("columns_by: position\n", "BZh9 Bazaar,1\n".getBytes(StandardCharsets.UTF_8));

    assertThat(result.errors()).isEmpty();
    assertThat(result.rows()).isEqualTo("9\t1\tBZh9 Bazaar\t1\n");
  }

  @Test
  void doesNotUnpackWhatIsPackedTwice() throws IOException {
    byte[] zip = packed(packed(CSV, out -> zip(out)), out -> zip(out));
    byte[] gzip = packed(packed(CSV, GZIPOutputStream::new), GZIPOutputStream::new);

    for (ReadFile twice :
        List.of(read("compression: zip\n", zip), read("compression: gzip\n", gzip))) {
      assertThat(twice.rows()).isEmpty();
      assertThat(twice.errors()).extracting(FileError::code).containsExactly(Code.HEADER);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "ISO-8859-1", "windows-1252", "UTF-16", "UTF-16LE", "IBM1047"})
  void readsAnyCharset(String charset) {
    byte[] content = "a,n\né,1\n\"ü,\n\",2\n".getBytes(Charset.forName(charset));

    ReadFile result = read("charset: " + charset + "\n", content);

    assertThat(result.errors()).isEmpty();
    assertThat(result.rows()).isEqualTo("9\t2\té\t1\n9\t3\tü,\\n\t2\n");
  }

  @Test
  void refusesTheRecordWithABytePairThatIsNoCharacter() {
    byte[] content = "a,n\nx,1\ny?,2\nz,3\n".getBytes(StandardCharsets.UTF_16BE);
    for (int half : new int[] {0xD8, 0xDC}) {
      content[2 * 9] = (byte) half;

      ReadFile result = read("charset: UTF-16BE\n", content);

      assertThat(result.rejects())
          .containsExactly("3 a E-CHARSET <y\\x%02X\\x3F,2>".formatted(half));
      assertThat(result.rows()).contains("9\t4\tz\t3\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16LE", "UTF-16BE"})
  void keepsTheByteOrderOfTheMarkBehindWhatIsNoCharacter(String order) {
    byte[] content = "\uFEFFa,n\nx,1\ny?,2\nz,3\n".getBytes(Charset.forName(order));
    boolean little = order.endsWith("LE");
    content[2 * 10] = little ? 0 : (byte) 0xDC;
    content[2 * 10 + 1] = little ? (byte) 0xDC : 0;

    ReadFile result = read("charset: UTF-16\n", content);

    assertThat(result.rejects())
        .containsExactly("3 a E-CHARSET <y%s,2>".formatted(little ? "\\x00\\xDC" : "\\xDC\\x00"));
    assertThat(result.rows()).startsWith("9\t2\tx\t1\n").endsWith("9\t4\tz\t3\n");
  }

  /** The charset that was declared, and the byte only where it is one of the file. */
  @ParameterizedTest
  @CsvSource({
    "UTF-8, the byte \\xE9",
    "US-ASCII, the byte \\xE9",
    "windows-1252, the byte \\x81",
    "UTF-16LE, the bytes \\x3F\\xDC",
    "Shift_JIS, the byte \\xE9"
  })
  void saysWhatWasExpectedInsteadOfMalformedBytes(String charset, String found) {
    byte[] content = "H,y??\nx,1\n".getBytes(Charset.forName(charset));
    int unit = charset.startsWith("UTF-16") ? 2 : 1;
    // Half a pair in UTF-16, a lead byte without its second one in Shift_JIS.
    content[unit * 4 - 1] = (byte) (unit == 2 ? 0xDC : found.endsWith("81") ? 0x81 : 0xE9);
    content[unit * 5 - 1] = (byte) (unit == 2 ? 0 : ' ');
    String layout =
        """
        format: csv
        staging: staging.t
        columns_by: position
        charset: %s
        header: {mark: H, columns: [{name: h, type: text}]}
        columns: [{name: a, type: text}, {name: n, type: integer}]
        """;

    assertThat(ReadFile.of(layout.formatted(charset), content, 1_000).errors())
        .extracting(FileError::message)
        .containsExactly(
            "the header is unusable: column \"h\": expected %s, found %s"
                .formatted(charset, found));
  }

  @Test
  void countsTheByteOrderMarkAsTheFileDoes() {
    byte[] content = "\uFEFFa,n\nx,1\n".getBytes(StandardCharsets.UTF_8);

    ReadFile result = read("", content);

    assertThat(result.rows()).isEqualTo("9\t2\tx\t1\n");
    assertThat(result.whole().slices()).extracting(SliceResult::offset).containsExactly(3 + 4L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"(?:(a|aa)+)+x", "(a|b)+"})
  void refusesAValueThatKeepsAPatternBusy(String pattern) {
    String busy = pattern.endsWith("x") ? "a".repeat(200) : "a".repeat(900_000);
    String layout =
        """
        format: csv
        staging: staging.t
        columns: [{name: a, type: text, max_length: 1000000, pattern: '%s'}]
        """
            .formatted(pattern);

    ReadFile result =
        ReadFile.of(layout, ("a\n" + busy + "\nax\n").getBytes(StandardCharsets.UTF_8), 2_000_000);

    assertThat(result.rejects().get(0)).startsWith("2 a E-RANGE <aaa");
  }

  @Test
  void namesACharsetThatIsNone() {
    assertThatThrownBy(() -> read("charset: latin-99\n", CSV))
        .hasMessageContaining("charset")
        .hasMessageContaining("latin-99");
  }

  @Test
  void readsOtherSeparatorsAndQuotes() {
    ReadFile result =
        read(
            "separator: ';'\nquote: \"'\"\n",
            "a;n\n'x;''y';1\n\"z\";2\n".getBytes(StandardCharsets.UTF_8));

    assertThat(result.rows()).isEqualTo("9\t2\tx;'y\t1\n9\t3\t\"z\"\t2\n");
  }

  @Test
  void takesAQuoteForTextWhereNoneStandsAroundAField() {
    ReadFile result =
        read(
            "separator: \"\\t\"\nquote: none\n",
            "a\tn\n\"Abbey\" Road\t1\n12\"\t2\n\"\t3\n".getBytes(StandardCharsets.UTF_8));

    assertThat(result.errors()).isEmpty();
    assertThat(result.rejects()).isEmpty();
    assertThat(result.rows()).isEqualTo("9\t2\t\"Abbey\" Road\t1\n9\t3\t12\"\t2\n9\t4\t\"\t3\n");
  }

  @Test
  void takesNamedColumnsInAnyOrder() {
    ReadFile result = read("", "n,a\n1,x\n2,y\n".getBytes(StandardCharsets.UTF_8));

    assertThat(result.errors()).isEmpty();
    assertThat(result.rows()).isEqualTo(ROWS);
  }

  @Test
  void findsColumnsByTheirTitlesInAnyOrder() {
    String layout =
        """
        format: csv
        staging: staging.t
        columns:
          - {name: order_no, title: Order No, type: text}
          - {name: quantity, type: integer}
          - {name: customer, title: "Kund,e", type: text}
        """;

    ReadFile result =
        ReadFile.of(
            layout,
            "\"Kund,e\",quantity,Order No\nM\u00FCller,2,N-1\n".getBytes(StandardCharsets.UTF_8),
            1_000);

    assertThat(result.errors()).isEmpty();
    assertThat(result.rows()).isEqualTo("9\t2\tN-1\t2\tM\u00FCller\n");
    assertThat(errors(layout, "order_no,quantity,\"Kund,e\"\n"))
        .containsExactly(
            "E-HEADER at line 1: the header lacks the column \"Order No\" and has \"order_no\", which"
                + " the layout does not have");
  }

  /** However the file is cut, and whatever the sign: the last digits of the sum. */
  @ParameterizedTest
  @CsvSource({
    "1.50 2.75, 0.25",
    "-0.50 0.60 0.60, 0.70",
    "-0.50 0.20, 0.70",
    "99999999999999.99 0.02, 0.01"
  })
  void takesTheLastDigitsOfASum(String numbers, String hash) {
    String layout =
        """
        format: csv
        staging: staging.t
        columns: [{name: amount, type: decimal, scale: 2}]
        trailer:
          mark: T
          columns: [{name: hash, type: decimal, scale: 2}]
          control: [{declared: hash, computed: hash, of: amount, digits: 2}]
        """;
    String file = "amount\n" + String.join("\n", numbers.split(" ")) + "\nT," + hash + "\n";

    for (int slice : new int[] {8, 1_000_000}) {
      assertThat(ReadFile.of(layout, file.getBytes(StandardCharsets.UTF_8), slice).errors())
          .as("slices of %d bytes", slice)
          .isEmpty();
    }
  }

  @Test
  void comparesAHashTotalAndWhatTheHeaderDeclares() {
    String layout =
        """
        format: fixed
        staging: staging.t
        header:
          mark: H
          columns:
            - {name: records, type: integer, at: 2, length: 3}
            - {name: accounts, type: integer, at: 5, length: 3}
          control:
            - {declared: records, computed: count}
            - {declared: accounts, computed: hash, of: account, digits: 2}
        mark: D
        columns: [{name: account, type: integer, at: 2, length: 6}]
        """;
    String details = "D900050\nD900070\n";

    assertThat(errors(layout, "H002 20\n" + details)).isEmpty();
    assertThat(errors(layout, "H003 21\n" + details))
        .containsExactly(
            "E-CTL-COUNT at line 1: the header declares 3 records, the file has 2",
            "E-CTL-HASH at line 1: the header declares 21 as the sum of account, the records give"
                + " 20");
    assertThat(errors(layout, "H      \n" + details))
        .contains(
            "E-CTL-COUNT at line 1: the header declares no number of records, the file has 2");
  }

  private static java.util.List<String> errors(String layout, String text) {
    return ReadFile.of(layout, text.getBytes(StandardCharsets.UTF_8), 1_000).errors().stream()
        .map(FileError::toString)
        .toList();
  }
}
