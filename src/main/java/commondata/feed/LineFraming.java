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

  @Override
  public int lines() {
    return 1;
  }

  @Override
  public boolean isQuoted() {
    return false;
  }
}
