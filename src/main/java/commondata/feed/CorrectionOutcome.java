package commondata.feed;

import java.util.List;

/** What became of the wish to load corrected records. */
public sealed interface CorrectionOutcome {

  /**
   * All of them are loaded.
   *
   * @param file number they are loaded under
   */
  record Loaded(long file, long run, long records) implements CorrectionOutcome {}

  /** Some are still wrong: none is loaded. */
  record StillWrong(long run, List<RecordError> errors) implements CorrectionOutcome {
    public StillWrong {
      errors = List.copyOf(errors);
    }
  }

  /** They can't be corrected; the message says why and what to do. */
  record Refused(String message) implements CorrectionOutcome {}

  /** The feed loads a file right now, here or on another node, or publishes its events. */
  record Busy() implements CorrectionOutcome {}

  /** The job, the database or the disk failed; nothing is loaded. */
  record Failed(long run, int exitCode, String message) implements CorrectionOutcome {}
}
