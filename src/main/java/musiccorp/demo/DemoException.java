package musiccorp.demo;

import org.jspecify.annotations.Nullable;

/** The demo can't go on: a sentence for people, and the exit code that goes with it. */
public final class DemoException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final int exitCode;

  private DemoException(int exitCode, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  static DemoException usage(String message) {
    return new DemoException(2, message, null);
  }

  static DemoException usage(String message, Throwable cause) {
    return new DemoException(2, message, cause);
  }

  static DemoException notFound(String message, @Nullable Throwable cause) {
    return new DemoException(3, message, cause);
  }

  static DemoException unsettled(String message) {
    return new DemoException(6, message, null);
  }

  static DemoException unreachable(String message, @Nullable Throwable cause) {
    return new DemoException(69, message, cause);
  }

  static DemoException failed(String message) {
    return new DemoException(1, message, null);
  }

  /** Exit code of the command line. */
  public int exitCode() {
    return exitCode;
  }
}
