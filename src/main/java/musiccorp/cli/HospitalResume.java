package musiccorp.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Goes on with a set that was not finished. */
@Command(
    name = "resume",
    description = "Acts on what is left of a set of dead letters, as it was asked for then.",
    footer = {"", "Exit code: 0 all done, 5 some, 1 none: they were not open."})
final class HospitalResume extends CliCommand {

  @Parameters(paramLabel = "SET", description = "Number of the set")
  private long set;

  @Option(
      names = "--per-second",
      paramLabel = "LETTERS",
      defaultValue = "100",
      description = "How many a second, at most (default ${DEFAULT-VALUE})")
  private int perSecond;

  @Override
  public Integer call() {
    try (Session session = openSession()) {
      return HospitalAct.goThrough(
          session.operate(), set, Throttle.of(Math.max(1, perSecond)), "done", output());
    }
  }
}
