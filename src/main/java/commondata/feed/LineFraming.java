package commondata.feed;

/** One record a line; the line's end may be LF, CR LF or CR. */
final class LineFraming implements Framing {

  @Override
  public int end(byte[] bytes, int from, int to, boolean last) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\n') {
        return i + 1;
      }
      if (bytes[i] == '\r') {
        return afterCr(bytes, i, to, last);
      }
    }
    return last ? to : INCOMPLETE;
  }

  /** Where a line ends whose CR stands at {@code at}: a LF behind it belongs to it. */
  static int afterCr(byte[] bytes, int at, int to, boolean last) {
    if (at + 1 == to) {
      return last ? to : INCOMPLETE;
    }
    return bytes[at + 1] == '\n' ? at + 2 : at + 1;
  }

  /** Where a record ends, its line end left out. */
  static int withoutLineEnd(byte[] bytes, int begin, int end) {
    int last = end;
    if (last > begin && bytes[last - 1] == '\n') {
      last--;
    }
    return last > begin && bytes[last - 1] == '\r' ? last - 1 : last;
  }

  @Override
  public int textTo(byte[] bytes, int begin, int end) {
    return withoutLineEnd(bytes, begin, end);
  }

  @Override
  public boolean goesOnAtNextLine() {
    return true;
  }

  @Override
  public FileError broken(long line) {
    throw new IllegalStateException("a line always ends: " + line);
  }
}
