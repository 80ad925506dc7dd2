package commondata.feed;

import java.util.List;
import java.util.function.Consumer;

/**
 * Reads the records of slices: each becomes a row and, if anything is wrong with it, all of its
 * errors go to the rejects. For a table that rows are merged from, refused records become rows too,
 * with nulls where a value is unusable, so that checks can refuse what belongs to them. Not
 * thread-safe: one a worker.
 */
final class SliceReading {

  private final long fileId;
  private final boolean keepsRefused;
  private final int sortIndex;
  private final List<Field> fields;
  private final int[] places;
  private final RecordReader reader;
  private final ControlTotals totals;

  SliceReading(Layout layout, long fileId, FileHeader header) {
    this.fileId = fileId;
    this.keepsRefused = layout.staging() != null;
    this.sortIndex =
        layout.sortedBy() == null ? -1 : layout.detail().names().indexOf(layout.sortedBy());
    this.fields = Field.all(layout.detail());
    this.places = header.places();
    this.reader = RecordReader.of(layout);
    this.totals = new ControlTotals(layout, fields);
  }

  /**
   * Reads one slice.
   *
   * @param rejects gets each record that has errors; it is used again for the next
   * @throws BrokenFileException if the file as a whole is to be refused
   */
  SliceResult read(Slice slice, SliceRows rows, Consumer<RawRecord> rejects) {
    totals.begin();
    long records = 0;
    String trailer = null;
    long trailerLine = 0;
    for (Block block = slice.blocks().poll(); block != null; block = slice.blocks().poll()) {
      reader.open(block);
      for (RawRecord record = reader.next(); record != null; record = reader.next()) {
        if (trailer != null) {
          throw afterTrailer(record.line, record.kind);
        }
        if (record.kind == RawRecord.Kind.TRAILER) {
          trailer = record.raw();
          trailerLine = record.line;
        } else if (record.kind == RawRecord.Kind.HEADER) {
          throw new BrokenFileException(record.line, Code.HEADER, "the header stands here again");
        } else {
          records++;
          take(record, rows, rejects);
        }
      }
    }
    return new SliceResult(
        slice.offset(),
        slice.end(),
        slice.line(),
        slice.nextLine(),
        records,
        rows.count(),
        totals.values(),
        trailer,
        trailerLine);
  }

  static BrokenFileException afterTrailer(long line, RawRecord.Kind kind) {
    return new BrokenFileException(
        line,
        Code.TRAILER,
        kind == RawRecord.Kind.TRAILER
            ? "there is a second trailer"
            : "there is a record after the trailer");
  }

  private void take(RawRecord record, SliceRows rows, Consumer<RawRecord> rejects) {
    CopyRow row = rows.begin();
    row.number(fileId);
    row.number(record.line);
    for (int i = 0; i < fields.size(); i++) {
      if (i == sortIndex) {
        rows.keyHere();
      }
      fields.get(i).read(record.value(places[i]), record.suspicious, row, record.errors);
    }
    totals.add();
    if (!record.errors.isEmpty()) {
      rejects.accept(record);
    }
    if (keepsRefused || record.errors.isEmpty()) {
      rows.end(record.line);
    } else {
      rows.undo();
    }
  }
}
