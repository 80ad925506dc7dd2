package commondata.subscription;

import java.time.Duration;

/** A handler took longer than its subscription allows; what it did was rolled back. */
public final class HandlerTimeoutException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  HandlerTimeoutException(Duration limit) {
    super(
        "the handler took longer than %d ms and was cut off: make it faster, or raise time_limit_ms in commondata.subscription"
            .formatted(limit.toMillis()));
  }
}
