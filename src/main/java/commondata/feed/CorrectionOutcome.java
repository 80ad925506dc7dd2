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

  /**
   * All of them would be loaded: what was done is rolled back.
   *
   * @param outcome what would have become of them
   */
  record Tried(DryRunOutcome.Tried outcome) implements CorrectionOutcome {}

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

  /**
   * The job, the database or the disk failed; nothing is loaded.
   *
   * @param run number of the run; 0: it was a dry run, of which nothing is left
   */
  record Failed(long run, int exitCode, String message) implements CorrectionOutcome {}
}
