package commondata.feed;

import commondata.job.Plural;
import org.jspecify.annotations.Nullable;

/**
 * Columns by their place, counted in characters. Blanks after the last column are no error, and in
 * records of one length nothing is, which must be filled up with something; a line without anything
 * in it is passed over.
 */
final class FixedRecords implements RecordReader {

  private final Framing framing;
  private final Marks marks;
  private final StrictText decoder;
  private final boolean filled;
  private final RawRecord current = new RawRecord();
  private Block block = new Block(new byte[0], 0, 0, 1);
  private String text = "";
  private int begin;
  private int at;
  private long line;

  FixedRecords(Layout layout) {
    this.framing = layout.framing();
    this.marks = new Marks(layout);
    this.decoder = StrictText.of(layout);
    this.filled = layout.recordLength() > 0;
    current.raw(() -> text);
    current.place(() -> block.place(begin));
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
      begin = at;
      at = framing.end(block.bytes(), begin, block.length(), true);
      int from = framing.textFrom(begin);
      int to = framing.textTo(block.bytes(), begin, at);
      long itsLine = line;
      line += framing.lines();
      if (to > from) {
        current.begin(itsLine, block.offset() + begin, at - begin);
        decoder.begin();
        text = decoder.decode(block.bytes(), from, to);
        current.suspicious = decoder.suspicious();
        RecordShape shape = marks.tell(current, text, false);
        if (shape != null) {
          cut(shape, to - from > BlockReader.RECORD_MAX);
        }
        return current;
      }
    }
    return null;
  }

  /**
   * @param cutOff whether nobody knows how long the record was
   */
  private void cut(RecordShape shape, boolean cutOff) {
    int length = text.codePointCount(0, text.length());
    int expected = shape.length();
    if (length < expected) {
      current.errors.add(
          "",
          Code.SHORT,
          "expected %d %s, found %d".formatted(expected, Plural.of(expected, "character"), length));
    } else if (!filled && (cutOff || !isBlank(index(0, 0, expected, length)))) {
      current.errors.add(
          "",
          Code.LONG,
          "expected %d %s, found %s%d"
              .formatted(
                  expected, Plural.of(expected, "character"), cutOff ? "at least " : "", length));
    }
    int place = 0;
    int index = 0;
    for (Column column : shape.columns()) {
      int first = column.at() - 1;
      int end = first + column.length();
      if (end <= length) {
        int from = index(index, place, first, length);
        index = index(from, first, end, length);
        place = end;
        current.add(text.substring(from, index));
      } else {
        current.add(null);
      }
    }
  }

  /**
   * Where in the text a character stands: it may be two chars. Columns come in order, mostly, so
   * each is a step away from the one before.
   *
   * @param index where the character {@code known} stands
   * @param length characters in the text
   */
  private int index(int index, int known, int wanted, int length) {
    return length == text.length() ? wanted : text.offsetByCodePoints(index, wanted - known);
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
