package commondata.schedule;

import org.jspecify.annotations.Nullable;

/** Quartz could not be made, started or stopped. */
public final class ClockException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ClockException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
