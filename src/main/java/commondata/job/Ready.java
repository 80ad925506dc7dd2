package commondata.job;

import java.time.Duration;

/**
 * How it is known that a file is whole.
 *
 * @param quiet how long a file must lie unchanged, if that is how
 */
public record Ready(Sign sign, Duration quiet) {

  /** What says it. */
  public enum Sign {
    /** Its writer gives it its name when it is. */
    RENAME,
    /** A file beside it, with .done, .complete or .sha256 behind its name. */
    MARKER,
    /** Nobody has changed it for a while. */
    STABLE
  }

  public static final Ready RENAMED = new Ready(Sign.RENAME, Duration.ZERO);
}
