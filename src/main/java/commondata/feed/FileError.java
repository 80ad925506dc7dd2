package commondata.feed;

/**
 * Why a whole file is refused.
 *
 * @param line where it was seen; 0: the file as a whole
 */
record FileError(long line, String code, String message) {

  @Override
  public String toString() {
    return line == 0
        ? "%s: %s".formatted(code, message)
        : "%s at line %d: %s".formatted(code, line, message);
  }
}
