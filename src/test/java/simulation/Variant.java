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
  /** A backlog is cut before any transaction, whatever ids those below it have. */
  CUT_ANYWHERE,
  /** Each slice of a backlog takes its own snapshot, and ends at the cuts of the first one. */
  SLICE_BY_A_NEW_SNAPSHOT,
  /** Handlers' writes are committed first, the cursor afterwards. */
  CURSOR_IN_SECOND_TRANSACTION,
  /** A commit of unknown outcome is done again from memory, not read again from the cursor. */
  BLIND_RETRY,
  /** A lease that others may take over, and a commit that does not ask whether it is still held. */
  LEASE_WITHOUT_FENCE,
  /** Failures are counted in the process, which may die. */
  ATTEMPTS_IN_MEMORY,
  /** A key's followers are handled while its failed event waits. */
  FOLLOWERS_PASS,
  /** A lookout looks when its bell rings, and never by itself. */
  HINTS_ARE_THE_TRUTH,
  /** A lookout wakes workers only for what it has stamped itself. */
  WAKES_FOR_ITS_OWN_STAMPS,
  /** Workers poll when a lookout wakes them, and never by themselves. */
  WORKERS_TRUST_THE_LOOKOUT,
  /** A mark is written with the work, and undone with it. */
  MARKS_WITH_THE_WORK,
  /** A mark stays evidence when the cursor has moved on. */
  MARKS_FOR_EVER,
  /** A try of a parked key is not written down before: who dies of it is not counted. */
  RETRIES_WITHOUT_MARKS,
  /** An outage counts against the events that met it. */
  OUTAGE_COUNTS,
  /** A part that was paused is not probed. */
  PAUSED_FOR_EVER,
  /** A delayed event is put aside, and its key is not parked. */
  DELAYED_STEPS_ASIDE,
  /** A delayed event in a chain is due when it comes to its head. */
  DELAYED_IS_DUE_IN_ITS_CHAIN,
  /** A rewind does not wait for the batch under way. */
  REWIND_BESIDE_A_BATCH,
  /** A rewind leaves parked events where they wait. */
  REWIND_LEAVES_CHAINS
}
