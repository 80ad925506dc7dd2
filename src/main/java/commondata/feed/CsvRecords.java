package commondata.feed;

import commondata.job.Plural;
import org.jspecify.annotations.Nullable;

/** Cuts framed CSV records into fields; a line without anything in it is passed over. */
final class CsvRecords implements RecordReader {

  private final Framing framing;
  private final Dialect dialect;
  private final byte separator;
  private final int quote;
  private final boolean escapes;
  private final Marks marks;
  private final StrictText text;
  private final RawRecord current = new RawRecord();
  private Block block = new Block(new byte[0], 0, 0, 1);
  private byte[] bytes = new byte[0];
  private byte[] unquoted = new byte[256];
  private int at;
  private int limit;
  private int begin;
  private int end;
  private long line;

  CsvRecords(Layout layout) {
    this.framing = layout.framing();
    this.dialect = layout.dialect();
    this.separator = dialect.separator();
    this.quote = dialect.quote();
    this.escapes = dialect.escape() != Dialect.NONE;
    this.marks = new Marks(layout);
    this.text = StrictText.of(layout);
    current.raw(() -> text.decode(bytes, begin, end));
    current.place(() -> block.place(begin));
  }

  @Override
  public void open(Block opened) {
    block = opened;
    bytes = block.bytes();
    at = 0;
    limit = block.length();
    line = block.line();
  }

  @Override
  public @Nullable RawRecord next() {
    while (at < limit) {
      begin = at;
      at = framing.end(bytes, begin, limit, true);
      end = LineFraming.withoutLineEnd(bytes, begin, at);
      long itsLine = line;
      line += framing.lines();
      if (end > begin) {
        cut(itsLine);
        return current;
      }
    }
    return null;
  }

  private void cut(long itsLine) {
    text.begin();
    current.begin(itsLine, block.offset() + begin, at - begin);
    int i = begin;
    while (i <= end) {
      boolean inQuotes = i < end && bytes[i] == quote;
      i = escapes ? escaped(i, inQuotes) : inQuotes ? quoted(i + 1) : plain(i);
    }
    current.suspicious = text.suspicious();
    RecordShape shape = marks.tell(current, String.valueOf(current.value(0)), true);
    if (shape != null) {
      check(shape);
    }
  }

  private int plain(int from) {
    int i = from;
    while (i < end && bytes[i] != separator) {
      i++;
    }
    current.add(text.decode(bytes, from, i));
    return i + 1;
  }

  private int quoted(int from) {
    int i = from;
    int length = 0;
    while (i < end && (bytes[i] != quote || (i + 1 < end && bytes[i + 1] == quote))) {
      i += bytes[i] == quote ? 1 : 0;
      keep(length++, bytes[i++]);
    }
    current.add(text.decode(unquoted, 0, length));
    return i + 2;
  }

  private int escaped(int from, boolean inQuotes) {
    int i = inQuotes ? from + 1 : from;
    int ends = inQuotes ? quote : separator;
    int length = 0;
    while (i < end && bytes[i] != ends) {
      i += dialect.isEscaped(bytes, i, end) ? 1 : 0;
      keep(length++, bytes[i++]);
    }
    current.add(text.decode(unquoted, 0, length));
    return inQuotes ? i + 2 : i + 1;
  }

  private void keep(int at, byte one) {
    if (at == unquoted.length) {
      unquoted = java.util.Arrays.copyOf(unquoted, at * 2);
    }
    unquoted[at] = one;
  }

  private void check(RecordShape shape) {
    if (shape.mark() != null) {
      current.dropFirst();
    }
    int columns = shape.columns().size();
    if (current.count != columns) {
      current.errors.add(
          "",
          Code.COLUMNS,
          "expected %d %s, found %d"
              .formatted(columns, Plural.of(columns, "column"), current.count));
    }
    if (end - begin > BlockReader.RECORD_MAX) {
      current.errors.add(
          "", Code.LONG, "the record is longer than %,d bytes".formatted(BlockReader.RECORD_MAX));
    }
  }
}
