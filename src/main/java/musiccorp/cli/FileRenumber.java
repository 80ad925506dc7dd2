package musiccorp.cli;

import commondata.job.Plural;
import commondata.operate.Operate;
import commondata.operate.Renumbering;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says which number comes next: the first of a feed, after one that never comes, in a new year. */
@Command(
    name = "renumber",
    description = {
      "Says which number comes next in a feed whose files have numbers.",
      "Further on: the numbers before it are given up. Back: files that come with one",
      "of these numbers are loaded besides those that were. Begin with --dry-run."
    })
final class FileRenumber extends CliCommand {

  @Parameters(paramLabel = "FEED", description = "Name of the feed's job")
  private String feed = "";

  @Option(
      names = "--next",
      required = true,
      paramLabel = "NUMBER",
      description = "Number of the file that is loaded next")
  private long next;

  @Option(names = "--dry-run", description = "Shows what it would do; changes nothing")
  private boolean dryRun;

  @Mixin private final ActOptions why = new ActOptions();

  @Override
  public Integer call() {
    if (next < 1) {
      throw new CliException(
          ExitCode.USAGE, "--next %d must be 1 or more: numbers begin there.".formatted(next));
    }
    try (Session session = openSession()) {
      Operate operate = session.operate();
      Renumbering done =
          (dryRun ? operate.renumberPlan(feed, next) : operate.renumber(feed, next, why.act()))
              .orElseThrow(
                  () ->
                      new CliException(
                          ExitCode.NOT_FOUND,
                          "There is no feed \"%s\". See ./commondata job list".formatted(feed)));
      output()
          .row(
              new Rows("feed", "nextBefore", "next", "loadedFiles", "heldFiles")
                  .add(feed, done.nextBefore(), next, done.loadedFiles(), done.heldFiles()));
      output().say(inWords(done));
      output()
          .say(
              dryRun
                  ? "Nothing was done: --dry-run."
                  : "Next: ./commondata file list --feed " + feed);
      return ExitCode.OK;
    }
  }

  private static String inWords(Renumbering done) {
    if (done.next() < done.nextBefore()) {
      return "%s: a file that comes with such a number is loaded besides the %d that %s loaded."
          .formatted(
              numbers(done.next(), done.nextBefore() - 1, "comes again", "come again"),
              done.loadedFiles(),
              Plural.of(done.loadedFiles(), "is", "are"));
    }
    return done.next() == done.nextBefore()
        ? "That number is next anyway."
        : "%s; %d %s."
            .formatted(
                numbers(done.nextBefore(), done.next() - 1, "is given up", "are given up"),
                done.heldFiles(),
                Plural.of(
                    done.heldFiles(),
                    "file with such a number is held, and stays so",
                    "files with such a number are held, and stay so"));
  }

  static String numbers(long first, long last, String one, String many) {
    return first == last
        ? "The number %d %s".formatted(first, one)
        : "The numbers %d to %d %s".formatted(first, last, many);
  }
}
