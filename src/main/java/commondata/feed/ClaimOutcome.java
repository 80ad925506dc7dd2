package commondata.feed;

/** What became of the claim of a file. */
sealed interface ClaimOutcome {

  /** Its content has a row. */
  record Claimed(FileLedger.Entry entry) implements ClaimOutcome {}

  /** It gets none before another file has ended: it stays where it is. */
  record Waits(FileLedger.Entry other) implements ClaimOutcome {}
}
