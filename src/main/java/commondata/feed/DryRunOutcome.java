package commondata.feed;

import java.time.LocalDate;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What would become of a file. */
public sealed interface DryRunOutcome {

  /**
   * It was loaded, or refused, and rolled back.
   *
   * @param state LOADED or REJECTED
   * @param exitCode that of the run
   * @param written rows written, changed or removed
   * @param events events by type
   * @param control control totals as JSON: declared and computed
   * @param reason why it is refused; null if it is not
   * @param errors the first errors, of the file and of its records
   */
  record Tried(
      String state,
      int exitCode,
      LocalDate businessDate,
      long records,
      long loaded,
      long rejected,
      long written,
      Map<String, Long> events,
      String control,
      @Nullable String reason,
      List<RecordError> errors)
      implements DryRunOutcome {
    public Tried {
      events = Collections.unmodifiableMap(new LinkedHashMap<>(events));
      errors = List.copyOf(errors);
    }
  }

  /**
   * It would be held until an operator says what becomes of it, or its number is next.
   *
   * @param reason why
   * @param released what would become of it then, as things are now
   */
  record Held(String reason, Tried released) implements DryRunOutcome {}

  /**
   * It would not be loaded now.
   *
   * @param state DUPLICATE, REJECTED because of its name or size, or WAITING until another file has
   *     ended
   */
  record NotTaken(String state, String reason) implements DryRunOutcome {}

  /** The feed loads a file right now, here or on another node. */
  record Busy() implements DryRunOutcome {}

  /** The job is wrong, or the database or the disk failed. */
  record Failed(int exitCode, String message) implements DryRunOutcome {}
}
