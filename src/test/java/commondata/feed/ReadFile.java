package commondata.feed;

import commondata.job.JobFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A file read without a database: its rows as COPY would get them, its rejects, and what is wrong
 * with it.
 *
 * @param rejects line, column, code and raw record of each error
 * @param places where the records of these errors begin
 */
record ReadFile(WholeFile whole, String rows, List<String> rejects, List<Long> places) {

  /** Reads content in slices of about so many bytes. */
  static ReadFile of(String layout, byte[] content, int sliceBytes) {
    Layout parsed = Layout.read(new JobFolder("j", "j", name -> layout), "layout.yaml");
    Path file = null;
    try {
      file = Files.createTempFile("read", ".txt");
      Files.write(file, content);
      return read(parsed, file, sliceBytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      delete(file);
    }
  }

  private static void delete(@org.jspecify.annotations.Nullable Path file) {
    try {
      if (file != null) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ReadFile read(Layout layout, Path file, int sliceBytes) {
    List<SliceRows> rows = SliceRows.of(layout);
    List<SliceResult> results = new ArrayList<>();
    List<String> rejects = new ArrayList<>();
    List<Long> places = new ArrayList<>();
    StringBuilder copied = new StringBuilder();
    FileError error = null;
    Map<String, BigDecimal> header = Map.of();
    try (SliceSource source = SliceSource.open(file, layout, sliceBytes, List.of())) {
      SliceReading reading = new SliceReading(layout, 9, source.header());
      header = source.header().declared();
      for (Slice slice = source.next(); slice != null; slice = source.next()) {
        rows.forEach(SliceRows::clear);
        results.add(reading.read(slice, rows, record -> keep(rejects, places, record), () -> {}));
        rows.forEach(ofType -> copied.append(text(ofType)));
      }
      error = source.error();
    } catch (BrokenFileException e) {
      error = e.error();
    }
    return new ReadFile(
        WholeFile.of(layout, results, header, error), copied.toString(), rejects, places);
  }

  private static void keep(List<String> rejects, List<Long> places, RawRecord record) {
    String raw = StrictText.visible(record.raw());
    for (RecordErrors.Entry error : record.errors.entries()) {
      places.add(record.place());
      rejects.add(record.line + " " + error.column() + " " + error.code() + " <" + raw + ">");
    }
  }

  private static String text(SliceRows rows) {
    StringBuilder text = new StringBuilder();
    for (int row : rows.order()) {
      byte[] bytes = new byte[rows.length(row)];
      rows.appendTo(bytes, 0, row);
      text.append(new String(bytes, StandardCharsets.UTF_8));
    }
    return text.toString();
  }

  List<FileError> errors() {
    return whole.errors();
  }
}
