package musiccorp.cli;

/** What a command's exit code says to a script. */
public final class ExitCode {

  public static final int OK = 0;

  /** The answer is no: a check found something, a file or a run was refused, an act was too. */
  public static final int CHECK_FAILED = 1;

  /** The command, an argument, a setting, or what a job's folder says is wrong. */
  public static final int USAGE = 2;

  public static final int NOT_FOUND = 3;

  /** Some of it was done. */
  public static final int PARTIAL = 5;

  /** Work is still under way, so there is no answer yet. */
  public static final int CANNOT_TELL_YET = 6;

  /** The database can't be reached or used, or the machine is not as it must be. */
  public static final int UNAVAILABLE = 69;

  /** A defect of this program. */
  public static final int DEFECT = 70;

  private ExitCode() {}
}
