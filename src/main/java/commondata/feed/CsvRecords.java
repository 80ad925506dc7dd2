package commondata.feed;

import de.siegmar.fastcsv.reader.AbstractBaseCsvCallbackHandler;
import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * CSV after RFC 4180: comma, double quotes, any line end. A quote that is not closed ends the
 * reading: where the next record begins is then anybody's guess. A field, and so memory, is
 * limited.
 */
final class CsvRecords implements RecordReader {

  private static final int FIELD_MAX = 1024 * 1024;

  private final RawRecord current = new RawRecord();
  private final CsvReader<RawRecord> reader;
  private final CloseableIterator<RawRecord> records;
  private final @Nullable String trailerMark;
  private final int columns;
  private boolean first = true;

  CsvRecords(Layout layout, StrictDecoder in) {
    this.trailerMark = layout.trailer() == null ? null : layout.trailer().mark();
    this.columns = layout.detail().columns().size();
    this.reader =
        CsvReader.builder()
            .maxBufferSize(FIELD_MAX)
            .skipEmptyLines(true)
            .allowUnclosedQuote(false)
            .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
            .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
            .build(new Handler(), in);
    this.records = reader.iterator();
    current.raw(this::joined);
  }

  @Override
  public @Nullable RawRecord next() throws IOException {
    try {
      if (!records.hasNext()) {
        return null;
      }
      RawRecord next = records.next();
      if (first) {
        first = false;
        next.kind = RawRecord.Kind.NAMES;
      } else if (trailerMark != null && trailerMark.equals(next.value(0))) {
        next.kind = RawRecord.Kind.TRAILER;
      } else {
        next.kind = RawRecord.Kind.DETAIL;
        checkCount(next);
      }
      return next;
    } catch (CsvParseException e) {
      throw broken(e);
    } catch (UncheckedIOException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private void checkCount(RawRecord record) {
    if (record.count != columns) {
      record.errors.add(
          "", Code.COLUMNS, "expected %d columns, found %d".formatted(columns, record.count));
    }
  }

  private BrokenFileException broken(CsvParseException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    boolean tooLong = String.valueOf(cause.getMessage()).contains("buffer");
    return tooLong
        ? new BrokenFileException(
            current.line,
            Code.LONG,
            "a field is longer than %d characters, or a quote before it is not closed"
                .formatted(FIELD_MAX))
        : new BrokenFileException(
            current.line, Code.QUOTE, "a quote in this record is not closed, or text follows it");
  }

  private String joined() {
    StringJoiner line = new StringJoiner(",");
    for (int i = 0; i < current.count; i++) {
      String value = String.valueOf(current.value(i));
      boolean plain = value.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
      line.add(plain ? value : "\"" + value.replace("\"", "\"\"") + "\"");
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }

  private final class Handler extends AbstractBaseCsvCallbackHandler<RawRecord> {

    @Override
    protected void handleBegin(long startingLineNumber) {
      current.begin(startingLineNumber);
    }

    @Override
    protected void handleField(int index, char[] buffer, int offset, int length, boolean quoted) {
      current.add(new String(buffer, offset, length));
    }

    @Override
    protected RawRecord buildRecord() {
      return current;
    }
  }
}
