package musiccorp.cli;

import commondata.operate.FileEntry;
import commondata.operate.ReleasePlan;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lets a held file be loaded. */
@Command(
    name = "release",
    description = {
      "Lets a held file be loaded.",
      "One whose name or number was loaded before is loaded besides the first, not in",
      "its place, unless its feed supersedes. One that waits for a number gives up",
      "those before it. file show says why it is held; drop --dry-run says what would",
      "become of its records."
    })
final class FileRelease extends CliCommand {

  @Parameters(paramLabel = "ID", description = "Number of the file")
  private long id;

  @Option(names = "--dry-run", description = "Shows what it would do; changes nothing")
  private boolean dryRun;

  @Mixin private final ActOptions why = new ActOptions();

  @Override
  public Integer call() {
    try (Session session = openSession()) {
      FileEntry file = FileCommand.require(session.operate(), id);
      if (dryRun) {
        show(file, session.operate().releasePlan(id));
      } else {
        FileCommand.refuse(file, session.operate().release(id, why.act("by hand")));
        FileCommand.decided(session, id, output());
      }
      output().say("It %s held for this: %s.".formatted(dryRun ? "is" : "was", file.reason()));
      if (dryRun) {
        output().say("Nothing was done: --dry-run.");
      }
      return ExitCode.OK;
    }
  }

  private void show(FileEntry file, ReleasePlan plan) {
    FileCommand.refuse(file, Optional.ofNullable(plan.refusal()));
    output()
        .row(
            new Rows("id", "feed", "name", "state", "stateThen", "firstMissing", "lastMissing")
                .add(
                    file.id(),
                    file.feed(),
                    file.name(),
                    file.state(),
                    plan.state(),
                    plan.firstMissing(),
                    plan.lastMissing()));
    if (plan.state().equals("DUPLICATE")) {
      output().say("It would not be loaded: its content is loaded already.");
    } else {
      output().say("The next poll would load it.");
    }
    if (plan.firstMissing() != null && plan.lastMissing() != null) {
      output()
          .say(
              FileRenumber.numbers(
                      plan.firstMissing(),
                      plan.lastMissing(),
                      "would be given up",
                      "would be given up")
                  + ".");
    }
  }
}
