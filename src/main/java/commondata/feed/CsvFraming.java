package commondata.feed;

/** CSV after RFC 4180: a line end within quotes belongs to the field. */
final class CsvFraming implements Framing {

  private final Dialect dialect;
  private final byte separator;
  private final int quote;
  private final boolean escapes;
  private int lines;

  /** Which of these lines the last quote was opened in, from 1. */
  private int opened;

  private boolean quoted;
  private boolean ended;

  CsvFraming(Dialect dialect) {
    this.dialect = dialect;
    this.separator = dialect.separator();
    this.quote = dialect.quote();
    this.escapes = dialect.escape() != Dialect.NONE;
  }

  @Override
  public int end(byte[] bytes, int from, int to, boolean last) {
    lines = 1;
    quoted = false;
    ended = last;
    int i = from;
    while (i < to) {
      if (bytes[i] == quote) {
        opened = lines;
        i = afterQuotes(bytes, i + 1, to);
        if (i < 0) {
          return last ? BROKEN : INCOMPLETE;
        }
        if (i < to && bytes[i] != separator && bytes[i] != '\n' && bytes[i] != '\r') {
          return BROKEN;
        }
      } else {
        while (i < to && bytes[i] != separator && bytes[i] != '\n' && bytes[i] != '\r') {
          i += escapes && dialect.isEscaped(bytes, i, to) ? 2 : 1;
        }
      }
      if (i < to && bytes[i] != separator) {
        return bytes[i] == '\n' ? i + 1 : LineFraming.afterCr(bytes, i, to, last);
      }
      i++;
    }
    return last ? to : INCOMPLETE;
  }

  /** The first byte behind the closing quote, or -1 if there is none. */
  private int afterQuotes(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      byte c = bytes[i];
      if (escapes && dialect.isEscaped(bytes, i, to)) {
        i++;
      } else if (c == quote) {
        if (escapes || i + 1 == to || bytes[i + 1] != quote) {
          return i + 1;
        }
        i++;
      } else if (c == '\n' || (c == '\r' && (i + 1 == to || bytes[i + 1] != '\n'))) {
        lines++;
      }
      i++;
    }
    quoted = true;
    return -1;
  }

  @Override
  public int lines() {
    return lines;
  }

  @Override
  public int textTo(byte[] bytes, int begin, int end) {
    return LineFraming.withoutLineEnd(bytes, begin, end);
  }

  @Override
  public boolean goesOnAtNextLine() {
    return !quoted;
  }

  @Override
  public int quote() {
    return quote;
  }

  @Override
  public FileError broken(long line) {
    return new FileError(line + (quoted ? opened : lines) - 1, Code.QUOTE, problem());
  }

  private String problem() {
    if (!quoted) {
      return "text follows a closing quote in this line";
    }
    return ended
        ? "a quote that is opened in this line is not closed"
        : "a quote that is opened in this line is not closed within %,d bytes"
            .formatted(BlockReader.RECORD_MAX);
  }
}
