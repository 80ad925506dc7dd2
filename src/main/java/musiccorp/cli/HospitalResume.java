package musiccorp.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Goes on with a set that was not finished. */
@Command(
    name = "resume",
    description = "Acts on what is left of a set of dead letters, as it was asked for then.",
    footer = {"", "Exit code: 0 all done, 5 some, 1 none: they were not open, 3 no such set."})
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
    Throttle throttle = Throttle.of(positive("--per-second", perSecond));
    try (Session session = openSession()) {
      if (!session.operate().hasLetterSet(set)) {
        throw new CliException(
            ExitCode.NOT_FOUND,
            "There is no set %d. Whoever acts on several letters is told the set's number."
                .formatted(set));
      }
      return HospitalAct.goThrough(session.operate(), set, throttle, "done", output());
    }
  }
}
