package commondata.feed;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Fixed width: one record a line, columns by their place, counted in characters. The line's end may
 * be LF, CR LF or CR; blanks after the last column are no error. What is longer than any record may
 * be is skipped up to the line's end without being kept.
 */
final class FixedRecords implements RecordReader {

  private static final int BUFFER = 64 * 1024;
  private static final int SPARE = 1_000;

  private final StrictDecoder in;
  private final @Nullable RecordShape header;
  private final RecordShape detail;
  private final @Nullable RecordShape trailer;
  private final int lineMax;
  private final RawRecord current = new RawRecord();
  private final char[] buffer = new char[BUFFER];
  private final StringBuilder text = new StringBuilder();
  private int at;
  private int limit;
  private long line;
  private boolean afterCr;

  FixedRecords(Layout layout, StrictDecoder in) {
    this.in = in;
    this.header = layout.header();
    this.detail = layout.detail();
    this.trailer = layout.trailer();
    int longest = Math.max(lengthOf(header), Math.max(lengthOf(trailer), detail.length()));
    this.lineMax = longest + SPARE;
    current.raw(text::toString);
  }

  private static int lengthOf(@Nullable RecordShape shape) {
    return shape == null ? 0 : shape.length();
  }

  @Override
  public @Nullable RawRecord next() throws IOException {
    do {
      if (!readLine()) {
        return null;
      }
    } while (text.isEmpty());
    current.begin(line);
    RecordShape shape = shape();
    if (shape == null) {
      String found = text.substring(0, Math.min(text.length(), 10));
      current.errors.add("", Code.MARK, "no record begins with %s".formatted(Field.quoted(found)));
    } else {
      cut(shape);
    }
    return current;
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
    return mark != null && text.indexOf(mark) == 0;
  }

  private void cut(RecordShape shape) {
    int length = text.length();
    int expected = shape.length();
    if (length < expected) {
      current.errors.add(
          "", Code.SHORT, "expected %d characters, found %d".formatted(expected, length));
    } else if (!text.substring(expected).isBlank()) {
      current.errors.add(
          "",
          Code.LONG,
          "expected %d characters, found %s%d"
              .formatted(expected, length == lineMax ? "at least " : "", length));
    }
    for (Column column : shape.columns()) {
      int begin = column.at() - 1;
      int end = begin + column.length();
      current.add(end <= length ? text.substring(begin, end) : null);
    }
  }

  /** Reads up to the next line end; false if there is nothing more. */
  private boolean readLine() throws IOException {
    text.setLength(0);
    boolean any = false;
    while (true) {
      if (at == limit && !fill()) {
        line += any ? 1 : 0;
        return any;
      }
      char c = buffer[at++];
      boolean secondHalf = afterCr && c == '\n';
      afterCr = c == '\r';
      if (secondHalf) {
        continue;
      }
      any = true;
      if (c == '\n' || c == '\r') {
        line++;
        return true;
      }
      if (text.length() < lineMax) {
        text.append(c);
      }
    }
  }

  private boolean fill() throws IOException {
    at = 0;
    limit = Math.max(0, in.read(buffer, 0, buffer.length));
    return limit > 0;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
