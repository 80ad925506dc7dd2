package commondata.feed;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one file from its first byte to its last: every record goes to the sink as a row, with
 * nulls where a value is unusable, and with all of its errors. Rows of refused records go too, so
 * that checks can refuse what belongs to them; the loader removes them before the merge. Memory
 * does not depend on the file's size.
 */
final class FileReading {

  /**
   * What was read.
   *
   * @param records records of the file, header and trailer not counted
   * @param errors why the file as a whole is refused; empty: it is not
   * @param control control totals as JSON
   */
  record Result(long records, List<FileError> errors, String control) {}

  private static final int ERRORS_MAX = 20;

  private final Layout layout;
  private final RecordSink sink;
  private final long fileId;
  private final List<Field> fields;
  private final List<Field> headerFields;
  private final List<Field> trailerFields;
  private final ControlTotals totals;
  private final CopyRow scratch = new CopyRow(1_000);
  private final List<FileError> fileErrors = new ArrayList<>();
  private final boolean firstIsHeader;
  private long records;
  private long seen;
  private boolean ended;

  FileReading(Layout layout, long fileId, RecordSink sink) {
    this.layout = layout;
    this.fileId = fileId;
    this.sink = sink;
    this.fields = fields(layout.detail());
    this.headerFields = fields(layout.header());
    this.trailerFields = fields(layout.trailer());
    this.totals = new ControlTotals(layout, fields, trailerFields);
    this.firstIsHeader = layout.header() != null;
  }

  private static List<Field> fields(@Nullable RecordShape shape) {
    return shape == null ? List.of() : shape.columns().stream().map(Field::of).toList();
  }

  /** Reads all of it. */
  Result read(InputStream in) throws IOException {
    StrictDecoder decoder = new StrictDecoder(in);
    try (RecordReader reader = RecordReader.of(layout, decoder)) {
      RawRecord record = reader.next();
      while (record != null && take(record, decoder.suspicious())) {
        record = reader.next();
      }
    } catch (BrokenFileException e) {
      ended = true;
      fileErrors.add(e.error());
    }
    if (seen == 0 && fileErrors.isEmpty()) {
      fileErrors.add(new FileError(0, Code.EMPTY, "the file is empty"));
    } else if (layout.trailer() != null && !ended) {
      fileErrors.add(
          new FileError(
              0,
              Code.TRAILER,
              "the trailer \"%s\" is missing after %d records; the file may be cut off"
                  .formatted(layout.trailer().mark(), records)));
    }
    return new Result(records, List.copyOf(fileErrors), totals.json());
  }

  /** Takes one record; false if the rest can't be understood. */
  private boolean take(RawRecord record, boolean suspicious) {
    seen++;
    boolean headerHere = record.kind == RawRecord.Kind.HEADER;
    if (firstIsHeader && (seen == 1) != headerHere) {
      return refuseHeader(record, headerHere ? "stands here again" : "is missing");
    }
    switch (record.kind) {
      case NAMES -> {
        return takeNames(record);
      }
      case HEADER -> {
        return takeHeader(record, suspicious);
      }
      case TRAILER -> takeTrailer(record, suspicious);
      default -> takeDetail(record, suspicious);
    }
    return true;
  }

  private boolean takeNames(RawRecord record) {
    List<String> expected = layout.detail().names();
    for (int i = 0; i < Math.max(expected.size(), record.count); i++) {
      String wanted = i < expected.size() ? "\"" + expected.get(i) + "\"" : "nothing more";
      String value = record.value(i);
      String found = value == null ? "nothing more" : Field.quoted(value);
      if (!wanted.equals(found)) {
        return refuseHeader(
            record, "has %s as column %d, expected %s".formatted(found, i + 1, wanted));
      }
    }
    return true;
  }

  private boolean takeHeader(RawRecord record, boolean suspicious) {
    readAll(headerFields, record, 0, suspicious, scratch);
    scratch.clear();
    return record.errors.isEmpty()
        || refuseHeader(record, "is unusable: " + describe(record.errors));
  }

  private boolean refuseHeader(RawRecord record, String what) {
    ended = true;
    fileErrors.add(new FileError(record.line, Code.HEADER, "the header " + what));
    return false;
  }

  private void takeTrailer(RawRecord record, boolean suspicious) {
    int offset = layout.format() == Layout.Format.CSV ? 1 : 0;
    boolean wrongCount = offset == 1 && record.count != trailerFields.size() + 1;
    readAll(trailerFields, record, offset, suspicious, scratch);
    scratch.clear();
    if (ended) {
      add(new FileError(record.line, Code.TRAILER, "there is a second trailer"));
    } else if (wrongCount || !record.errors.isEmpty()) {
      String what =
          wrongCount
              ? "has %d fields, expected %d".formatted(record.count, trailerFields.size() + 1)
              : "is unusable: " + describe(record.errors);
      add(new FileError(record.line, Code.TRAILER, "the trailer " + what));
    } else {
      fileErrors.addAll(totals.compare(record.line));
    }
    ended = true;
  }

  private void takeDetail(RawRecord record, boolean suspicious) {
    if (ended) {
      add(new FileError(record.line, Code.TRAILER, "there is a record after the trailer"));
      return;
    }
    records++;
    CopyRow row = sink.row();
    row.number(fileId);
    row.number(record.line);
    readAll(fields, record, 0, suspicious, row);
    row.end();
    totals.add();
    sink.rowDone();
    if (!record.errors.isEmpty()) {
      sink.reject(record.line, record.errors, StrictDecoder.visible(record.raw()));
    }
  }

  private static void readAll(
      List<Field> fields, RawRecord record, int offset, boolean suspicious, CopyRow row) {
    for (int i = 0; i < fields.size(); i++) {
      fields.get(i).read(record.value(i + offset), suspicious, row, record.errors);
    }
  }

  private void add(FileError error) {
    if (fileErrors.size() < ERRORS_MAX) {
      fileErrors.add(error);
    }
  }

  private static String describe(RecordErrors errors) {
    RecordErrors.Entry first = errors.entries().get(0);
    return first.column().isEmpty()
        ? first.message()
        : "column \"%s\": %s".formatted(first.column(), first.message());
  }
}
