package commondata.feed;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The first record of a file: the column names of CSV, or the header of a layout that has one. It
 * is read whenever a load begins or goes on.
 */
final class FileHeader {

  private final Layout layout;
  private final List<Field> fields;

  FileHeader(Layout layout) {
    this.layout = layout;
    this.fields = Field.all(layout.header());
  }

  /** Reads it, if the layout wants one; says what is wrong with it. */
  @Nullable FileError read(BlockReader reader) throws IOException {
    if (layout.format() != Layout.Format.CSV && layout.header() == null) {
      return null;
    }
    RecordReader records = RecordReader.of(layout);
    RawRecord first = null;
    while (first == null) {
      Block block = reader.record();
      if (block == null) {
        FileError broken = reader.broken();
        return broken == null ? new FileError(0, Code.EMPTY, "the file is empty") : broken;
      }
      records.open(block);
      first = records.next();
    }
    return layout.format() == Layout.Format.CSV ? names(first) : header(first);
  }

  private @Nullable FileError names(RawRecord record) {
    List<String> expected = layout.detail().names();
    for (int i = 0; i < Math.max(expected.size(), record.count); i++) {
      String wanted = i < expected.size() ? "\"" + expected.get(i) + "\"" : "nothing more";
      String value = record.value(i);
      String found = value == null ? "nothing more" : Field.quoted(value);
      if (!wanted.equals(found)) {
        return refused(record, "has %s as column %d, expected %s".formatted(found, i + 1, wanted));
      }
    }
    return null;
  }

  private @Nullable FileError header(RawRecord record) {
    if (record.kind != RawRecord.Kind.HEADER) {
      return refused(record, "is missing");
    }
    CopyRow scratch = new CopyRow(1_000);
    for (int i = 0; i < fields.size(); i++) {
      fields.get(i).read(record.value(i), record.suspicious, scratch, record.errors);
    }
    return record.errors.isEmpty()
        ? null
        : refused(record, "is unusable: " + record.errors.first());
  }

  private static FileError refused(RawRecord record, String what) {
    return new FileError(record.line, Code.HEADER, "the header " + what);
  }
}
