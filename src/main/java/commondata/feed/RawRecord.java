package commondata.feed;

import java.util.Arrays;
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
  long line;
  long offset;
  int count;

  /** Whether it holds a malformed byte or a NUL somewhere. */
  boolean suspicious;

  private @Nullable String[] values = new @Nullable String[16];
  private Supplier<String> raw = () -> "";

  /** What is wrong with the record as a whole. */
  final RecordErrors errors = new RecordErrors();

  void begin(long atLine, long atOffset) {
    line = atLine;
    offset = atOffset;
    count = 0;
    kind = Kind.UNKNOWN;
    errors.clear();
  }

  void add(@Nullable String value) {
    if (count == values.length) {
      values = Arrays.copyOf(values, count * 2);
    }
    values[count++] = value;
  }

  /** The value at an index, or null if the record ends before it. */
  @Nullable String value(int index) {
    return index < count ? values[index] : null;
  }

  void raw(Supplier<String> text) {
    raw = text;
  }

  /** The record as text, for people. */
  String raw() {
    return raw.get();
  }
}
