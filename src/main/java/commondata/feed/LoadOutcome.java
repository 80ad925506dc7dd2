package commondata.feed;

/** What became of the attempt to load a file. */
sealed interface LoadOutcome {

  /**
   * Its records are in, or refused one by one.
   *
   * @param owesEvents whether its events are to be published in commits of their own
   */
  record Loaded(long run, int exitCode, boolean owesEvents) implements LoadOutcome {}

  /** The file as a whole is refused. */
  record Rejected(String reason) implements LoadOutcome {}

  /** Its content is not what was claimed: somebody wrote to it; it is to be claimed anew. */
  record Changed() implements LoadOutcome {}

  /** The job runs already, here or on another node. */
  record Busy() implements LoadOutcome {}

  /** Disk, network or database failed; the file is still claimed. */
  record Failed(String message) implements LoadOutcome {}
}
