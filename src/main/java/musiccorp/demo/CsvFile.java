package musiccorp.demo;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Reads a whole small CSV file with a header and wanted columns. */
final class CsvFile {

  private CsvFile() {}

  /** Opens the text, decoding UTF-8 strictly. */
  interface Source {
    Reader open() throws IOException;
  }

  static <T> List<T> read(
      String name, Source source, List<String> columns, Function<NamedCsvRecord, T> row)
      throws DemoException {
    try (Reader text = source.open();
        CsvReader<NamedCsvRecord> csv = CsvReader.builder().ofNamedCsvRecord(text)) {
      return csv.stream().map(r -> row.apply(checked(name, columns, r))).toList();
    } catch (CsvParseException | UncheckedIOException | CharacterCodingException e) {
      throw DemoException.usage(
          "file \"%s\" is no CSV in UTF-8: %s".formatted(name, cause(e).getMessage()), e);
    } catch (IOException e) {
      throw DemoException.notFound("file \"%s\" can't be read: %s".formatted(name, e), e);
    }
  }

  private static NamedCsvRecord checked(String name, List<String> columns, NamedCsvRecord row) {
    Set<String> found = Set.copyOf(row.getHeader());
    for (String column : columns) {
      if (!found.contains(column)) {
        throw DemoException.usage(
            "file \"%s\" has no column \"%s\"; its header is %s"
                .formatted(name, column, String.join(",", row.getHeader())));
      }
    }
    if (row.getFieldCount() != row.getHeader().size()) {
      throw DemoException.usage(
          "file \"%s\", line %d: %d fields, but the header has %d"
              .formatted(
                  name, row.getStartingLineNumber(), row.getFieldCount(), row.getHeader().size()));
    }
    return row;
  }

  private static Throwable cause(Throwable e) {
    return e.getCause() == null ? e : e.getCause();
  }
}
