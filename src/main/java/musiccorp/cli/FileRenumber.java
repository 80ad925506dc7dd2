package musiccorp.cli;

import java.util.OptionalLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says which number comes next: the first of a feed, after one that never comes, in a new year. */
@Command(
    name = "renumber",
    description = "Says which number comes next in a feed whose files have numbers.")
final class FileRenumber extends CliCommand {

  @Parameters(paramLabel = "FEED", description = "Name of the feed's job")
  private String feed = "";

  @Option(
      names = "--next",
      required = true,
      paramLabel = "NUMBER",
      description = "Number of the file that is loaded next")
  private long next;

  @Mixin private final ActOptions why = new ActOptions();

  @Override
  public Integer call() {
    if (next < 1) {
      throw new CliException(
          ExitCode.USAGE, "--next %d must be 1 or more: numbers begin there.".formatted(next));
    }
    try (Session session = openSession()) {
      OptionalLong before = session.operate().renumber(feed, next, why.act());
      if (before.isEmpty()) {
        throw new CliException(
            ExitCode.NOT_FOUND,
            "There is no feed \"%s\". See ./commondata job list".formatted(feed));
      }
      output().row(new Rows("feed", "nextBefore", "next").add(feed, before.getAsLong(), next));
      output().say("Next: ./commondata file list --feed " + feed);
      return ExitCode.OK;
    }
  }
}
