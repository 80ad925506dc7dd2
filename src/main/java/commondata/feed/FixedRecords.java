package commondata.feed;

import org.jspecify.annotations.Nullable;

/**
 * Fixed width: one record a line, columns by their place, counted in characters. Blanks after the
 * last column are no error; a line without anything in it is passed over.
 */
final class FixedRecords implements RecordReader {

  private final Framing framing;
  private final @Nullable RecordShape header;
  private final RecordShape detail;
  private final @Nullable RecordShape trailer;
  private final StrictText decoder;
  private final RawRecord current = new RawRecord();
  private Block block = new Block(new byte[0], 0, 0, 1);
  private String text = "";
  private int at;
  private long line;

  FixedRecords(Layout layout) {
    this.framing = Framing.of(layout);
    this.header = layout.header();
    this.detail = layout.detail();
    this.trailer = layout.trailer();
    this.decoder = new StrictText(layout.readAs());
    current.raw(() -> text);
  }

  @Override
  public void open(Block opened) {
    block = opened;
    at = 0;
    line = opened.line();
  }

  @Override
  public @Nullable RawRecord next() {
    while (at < block.length()) {
      int begin = at;
      at = framing.end(block.bytes(), begin, block.length(), true);
      int end = CsvRecords.withoutLineEnd(block.bytes(), begin, at);
      long itsLine = line;
      line += framing.lines();
      if (end > begin) {
        current.begin(itsLine, block.offset() + begin);
        decoder.begin();
        text = decoder.decode(block.bytes(), begin, end);
        current.suspicious = decoder.suspicious();
        cut();
        return current;
      }
    }
    return null;
  }

  private void cut() {
    RecordShape shape = shape();
    if (shape == null) {
      String found = text.substring(0, Math.min(text.length(), 10));
      current.errors.add("", Code.MARK, "no record begins with %s".formatted(Field.quoted(found)));
    } else {
      cut(shape);
    }
  }

  private @Nullable RecordShape shape() {
    if (header != null && startsWith(header.mark())) {
      current.kind = RawRecord.Kind.HEADER;
      return header;
    }
    if (trailer != null && startsWith(trailer.mark())) {
      current.kind = RawRecord.Kind.TRAILER;
      return trailer;
    }
    if (detail.mark() == null || startsWith(detail.mark())) {
      current.kind = RawRecord.Kind.DETAIL;
      return detail;
    }
    current.kind = RawRecord.Kind.UNKNOWN;
    return null;
  }

  private boolean startsWith(@Nullable String mark) {
    return mark != null && text.startsWith(mark);
  }

  private void cut(RecordShape shape) {
    int length = text.length();
    int expected = shape.length();
    if (length < expected) {
      current.errors.add(
          "", Code.SHORT, "expected %d characters, found %d".formatted(expected, length));
    } else if (!isBlank(expected)) {
      current.errors.add(
          "",
          Code.LONG,
          "expected %d characters, found %s%d"
              .formatted(expected, length >= BlockReader.RECORD_MAX ? "at least " : "", length));
    }
    for (Column column : shape.columns()) {
      int begin = column.at() - 1;
      int end = begin + column.length();
      current.add(end <= length ? text.substring(begin, end) : null);
    }
  }

  private boolean isBlank(int from) {
    for (int i = from; i < text.length(); i++) {
      if (!Character.isWhitespace(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }
}
