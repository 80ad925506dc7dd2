package commondata.job;

import org.springframework.core.NestedExceptionUtils;

/** A statement of a job failed; the message names file, line and the server's reason. */
public final class StepException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public StepException(String location, int line, Exception cause) {
    super("%s, line %d: %s".formatted(location, line, reason(cause)), cause);
  }

  private static String reason(Exception cause) {
    String message = NestedExceptionUtils.getMostSpecificCause(cause).getMessage();
    return message == null ? cause.getClass().getSimpleName() : message.strip();
  }
}
