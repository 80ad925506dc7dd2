package musiccorp.cli;

import commondata.operate.Act;
import picocli.CommandLine.Option;

/** Who acts and why: both are kept with the act. */
final class ActOptions {

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why; kept with the act")
  private String reason = "";

  @Option(
      names = "--as",
      paramLabel = "NAME",
      description = "Who acts (default: the user of this machine); kept with the act")
  private String actor = System.getProperty("user.name", "operator");

  /** The act, which must have a reason. */
  Act act() {
    if (reason.isBlank()) {
      throw new CliException(
          ExitCode.USAGE, "--reason is missing: say why, it is kept with the act.");
    }
    return actBecause(reason);
  }

  /** The act; {@code usually} is the reason if none is given. */
  Act act(String usually) {
    return actBecause(reason.isBlank() ? usually : reason);
  }

  private Act actBecause(String why) {
    if (actor.isBlank()) {
      throw new CliException(ExitCode.USAGE, "--as is empty: say who acts.");
    }
    return new Act(actor, why);
  }
}
