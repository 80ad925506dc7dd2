package commondata.feed;

import java.util.Arrays;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One record as it was framed: its texts, not yet checked. Used again for the next one. */
final class RawRecord {

  /** Which of the file's records it is. */
  enum Kind {
    HEADER,
    DETAIL,
    TRAILER,
    UNKNOWN
  }

  Kind kind = Kind.UNKNOWN;

  /** Which of the layout's types it is, if it is a detail. */
  int type;

  long line;

  /** Where it begins in the content as it is read. */
  long offset;

  /** Bytes it has. */
  int length;

  int count;

  /** Whether it holds a malformed byte or a NUL somewhere. */
  boolean suspicious;

  private @Nullable String[] values = new @Nullable String[16];
  private int first;
  private Supplier<String> raw = () -> "";
  private LongSupplier place = () -> offset;

  /** What is wrong with the record as a whole. */
  final RecordErrors errors = new RecordErrors();

  void begin(long atLine, long atOffset, int bytes) {
    line = atLine;
    offset = atOffset;
    length = bytes;
    count = 0;
    first = 0;
    kind = Kind.UNKNOWN;
    errors.clear();
  }

  void add(@Nullable String value) {
    if (count == values.length) {
      values = Arrays.copyOf(values, count * 2);
    }
    values[count++] = value;
  }

  /** The first value was a mark, and is none. */
  void dropFirst() {
    first = 1;
    count--;
  }

  /** The value at an index, or null if the record ends before it. */
  @Nullable String value(int index) {
    return index < count ? values[first + index] : null;
  }

  void raw(Supplier<String> text) {
    raw = text;
  }

  void place(LongSupplier inFile) {
    place = inFile;
  }

  /** Where it begins in the file, unpacked: asked for a refused record only. */
  long place() {
    return place.getAsLong();
  }

  /** The record as text, for people. */
  String raw() {
    return raw.get();
  }
}
