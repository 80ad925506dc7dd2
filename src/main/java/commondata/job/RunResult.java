package commondata.job;

/** What became of the wish to run a job. */
public sealed interface RunResult {

  /** It ran; the exit code says how it went. */
  record Finished(long runId, int exitCode, Counts counts, String message) implements RunResult {}

  /** It runs already, here or on another node. */
  record AlreadyRunning(String job) implements RunResult {}

  /** There was nothing to do, so there is no run. */
  record NothingToDo(String job) implements RunResult {}

  /** There is no job of that name; the message says which are there. */
  record UnknownJob(String job, String message) implements RunResult {}

  /** It can't be run so; the message says why and what to do. */
  record Refused(String job, String message) implements RunResult {}
}
