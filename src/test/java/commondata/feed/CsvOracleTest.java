package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.job.JobFolder;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Records are told apart as FastCSV, a library that passes every conformance check, does it. */
final class CsvOracleTest {

  private static final String[] PIECES = {"a", "é", ",", ",", "\"", "\"", "\n", "\r", "\r\n", " "};

  private static final Layout LAYOUT =
      Layout.read(
          new JobFolder(
              "j",
              "j",
              name -> "format: csv\nstaging: staging.t\ncolumns: [{name: a, type: text}]\n"),
          "layout.yaml");

  @Test
  void readsRandomTextAsFastCsvDoes() throws IOException {
    Random random = new Random(20_261_121);
    int broken = 0;
    for (int n = 0; n < 50_000; n++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(14); i > 0; i--) {
        text.append(PIECES[random.nextInt(PIECES.length)]);
      }
      List<String> expected = byFastCsv(text.toString());
      broken += expected == null ? 1 : 0;

      assertThat(byOurs(text.toString(), 1 + random.nextInt(20)))
          .as("<%s>", text)
          .isEqualTo(expected);
    }
    assertThat(broken).isBetween(5_000, 45_000);
  }

  /** Line and fields of each record; null if it can't be read to its end. */
  private static @Nullable List<String> byFastCsv(String text) {
    try (CsvReader<CsvRecord> reader =
        CsvReader.builder()
            .skipEmptyLines(true)
            .allowUnclosedQuote(false)
            .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
            .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
            .ofCsvRecord(text)) {
      return reader.stream().map(r -> r.getStartingLineNumber() + " " + r.getFields()).toList();
    } catch (CsvParseException e) {
      return null;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static @Nullable Block next(BlockReader blocks) throws IOException {
    return blocks.next(Integer.MAX_VALUE, Long.MAX_VALUE);
  }

  private static @Nullable List<String> byOurs(String text, int blockBytes) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    BlockReader blocks =
        new BlockReader(
            new ByteArrayInputStream(bytes), LAYOUT.framing(), blockBytes, SourceBytes.SAME);
    RecordReader records = LAYOUT.reader();
    List<String> found = new ArrayList<>();
    for (Block b = next(blocks); b != null; b = next(blocks)) {
      records.open(b);
      for (RawRecord r = records.next(); r != null; r = records.next()) {
        found.add(r.line + " " + IntStream.range(0, r.count).mapToObj(r::value).toList());
      }
    }
    return blocks.broken() == null ? found : null;
  }
}
