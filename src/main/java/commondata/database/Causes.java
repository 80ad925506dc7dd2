package commondata.database;

import java.util.Optional;

/** What lies beneath an exception that a library has wrapped. */
public final class Causes {

  private Causes() {}

  /** The error itself or the first of its causes that is of a type. */
  public static <T extends Throwable> Optional<T> first(Throwable error, Class<T> type) {
    for (Throwable each = error; each != null; each = each.getCause()) {
      if (type.isInstance(each)) {
        return Optional.of(type.cast(each));
      }
    }
    return Optional.empty();
  }
}
