package commondata.feed;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of slices: each becomes a row and, if anything is wrong with it, all of its
 * errors go to the rejects. For a table that rows are merged from, refused records become rows too,
 * with nulls where a value is unusable, so that checks can refuse what belongs to them; only a
 * record of no known type becomes none. Not thread-safe: one a worker.
 */
final class SliceReading {

  private final long fileId;
  private final boolean keepsRefused;
  private final TypeReading[] readings;
  private final RecordReader reader;
  private final ControlTotals totals;
  private long made;

  SliceReading(Layout layout, long fileId, FileHeader header) {
    this.fileId = fileId;
    this.keepsRefused = !layout.appends();
    this.readings =
        layout.types().stream()
            .map(type -> new TypeReading(layout, type, header))
            .toArray(TypeReading[]::new);
    this.reader = layout.reader();
    this.totals =
        new ControlTotals(layout, Arrays.stream(readings).map(type -> type.fields).toList());
  }

  /**
   * Reads one slice.
   *
   * @param rows gets the rows, of each type apart
   * @param rejects gets each record that has errors; it is used again for the next
   * @param afterBlock may take the rows that are there away
   * @throws BrokenFileException if the file as a whole is to be refused
   */
  SliceResult read(
      Slice slice, List<SliceRows> rows, Consumer<RawRecord> rejects, Runnable afterBlock) {
    totals.begin();
    made = 0;
    long records = 0;
    Block trailer = null;
    for (Block block = slice.blocks().poll(); block != null; block = slice.blocks().poll()) {
      reader.open(block);
      for (RawRecord record = reader.next(); record != null; record = reader.next()) {
        if (trailer != null) {
          throw afterTrailer(record.line, record.kind);
        }
        switch (record.kind) {
          case HEADER ->
              throw new BrokenFileException(
                  record.line, Code.HEADER, "the header stands here again");
          case TRAILER -> trailer = block.only(record);
          case DETAIL -> {
            records++;
            take(record, rows.get(record.type), rejects);
          }
          case UNKNOWN -> {
            records++;
            totals.add(readings.length, record.line, record.errors);
            rejects.accept(record);
          }
        }
      }
      afterBlock.run();
    }
    return new SliceResult(
        slice.offset(),
        slice.end(),
        slice.line(),
        slice.nextLine(),
        slice.rawBytes(),
        records,
        made,
        totals.values(),
        trailer);
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
    readings[record.type].read(record, rows, row);
    totals.add(record.type, record.line, record.errors);
    if (!record.errors.isEmpty()) {
      rejects.accept(record);
    }
    if (keepsRefused || record.errors.isEmpty()) {
      rows.end(record.line);
      made++;
    } else {
      rows.undo();
    }
  }

  /** How the records of one type become rows: its fields, each with its place in a record. */
  private static final class TypeReading {

    private final Field[] fields;
    private final int[] places;
    private final @Nullable List<String> otherOrder;
    private final int sortIndex;

    TypeReading(Layout layout, RecordType type, FileHeader header) {
      this.fields = Field.all(layout, type.shape()).toArray(Field[]::new);
      this.places = header.places(type.shape());
      this.otherOrder = header.otherOrder();
      this.sortIndex = type.sortIndex();
    }

    void read(RawRecord record, SliceRows rows, CopyRow row) {
      for (int i = 0; i < fields.length; i++) {
        if (i == sortIndex) {
          rows.keyHere();
        }
        fields[i].read(record.value(places[i]), record.suspicious, row, record.errors);
      }
      if (otherOrder != null) {
        record.errors.order(otherOrder);
      }
    }
  }
}
