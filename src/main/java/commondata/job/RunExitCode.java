package commondata.job;

/** Exit codes of a run, after the habit of JCL. */
public final class RunExitCode {

  /** Everything done. */
  public static final int CLEAN = 0;

  /** Done, with refused records under the limit. */
  public static final int WITH_REJECTS = 4;

  /** Nothing done: the input was refused. */
  public static final int REJECTED = 8;

  /** Nothing done: the job is wrong. */
  public static final int JOB_ERROR = 12;

  /** Nothing done: the database, disk or network failed. */
  public static final int ENVIRONMENT = 16;

  private RunExitCode() {}
}
