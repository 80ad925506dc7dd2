package commondata.feed;

/** From a line on, the records of a file can't be told apart; the whole file is refused. */
final class BrokenFileException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final long line;
  private final String code;

  BrokenFileException(long line, String code, String message) {
    super(message);
    this.line = line;
    this.code = code;
  }

  FileError error() {
    return new FileError(line, code, String.valueOf(getMessage()));
  }
}
