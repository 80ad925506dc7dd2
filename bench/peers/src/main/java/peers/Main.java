package peers;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line of the comparison; {@code bench/run} calls it. */
@Command(
    name = "bench/run",
    description = "Commondata and its peers, in one run, on one server, with the same work.",
    subcommands = {
      OutboxCommand.class,
      FilesCommand.class,
      TwoProcesses.Publisher.class,
      FilesCommand.SpringBatchLoad.class
    })
final class Main {

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true).execute(arguments));
  }
}
