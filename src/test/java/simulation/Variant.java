package simulation;

/** The algorithm as it is, and the ways to get it wrong that the check must catch. */
enum Variant {
  /** As ARCHITECTURE.md tells it. */
  CORRECT,
  /** Positions go to whatever has a higher id than the last one: no look at what was running. */
  STAMP_BY_ID,
  /** Positions go by transaction id, below the oldest one that runs. */
  STAMP_BY_TRANSACTION,
  /** The difference of two snapshots, without those that ran at the first. */
  STAMP_WITHOUT_RUNNING,
  /** Handlers' writes are committed first, the cursor afterwards. */
  CURSOR_IN_SECOND_TRANSACTION,
  /** A commit of unknown outcome is done again from memory, not read again from the cursor. */
  BLIND_RETRY,
  /** A lease that others may take over, and a commit that does not ask whether it is still held. */
  LEASE_WITHOUT_FENCE,
  /** Failures are counted in the process, which may die. */
  ATTEMPTS_IN_MEMORY,
  /** A key's followers are handled while its failed event waits. */
  FOLLOWERS_PASS
}
