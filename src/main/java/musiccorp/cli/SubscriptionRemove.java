package musiccorp.cli;

import commondata.operate.Operate;
import commondata.operate.Removal;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lets a reader go that nobody will start again. */
@Command(
    name = "remove",
    description = {
      "Removes a reader that nobody will start again.",
      "What waits for it is given up, the log is no longer kept for it, and its name",
      "is free. Receipts stay; open dead letters are closed. It must be paused, and",
      "not have read anything for ten minutes. Begin with --dry-run."
    },
    footer = {"", "Exit code: 0 done, 1 it can't be removed now."})
final class SubscriptionRemove extends CliCommand {

  @Parameters(paramLabel = "NAME", description = "Name of the subscription")
  private String name = "";

  @Option(names = "--dry-run", description = "Shows what would be lost; changes nothing")
  private boolean dryRun;

  @Mixin private final ActOptions why = new ActOptions();

  @Override
  public Integer call() {
    try (Session session = openSession()) {
      SubscriptionCommand.requireKnown(session, name);
      Removal removal = removal(session.operate()).orElseThrow();
      output()
          .row(
              new Rows("name", "waiting", "parked", "parkedKeys", "dead", "readAt")
                  .add(
                      name,
                      removal.waiting(),
                      removal.parked(),
                      removal.parkedKeys(),
                      removal.dead(),
                      removal.readAt()));
      if (removal.refusal() != null) {
        throw new CliException(
            ExitCode.CHECK_FAILED,
            "Subscription \"%s\" stays: %s.".formatted(name, removal.refusal()));
      }
      output()
          .say(
              dryRun
                  ? "This would be lost. Nothing was done: --dry-run."
                  : "It is removed. Next: ./commondata log days");
      return ExitCode.OK;
    }
  }

  private Optional<Removal> removal(Operate operate) {
    return dryRun ? operate.removalPlan(name) : operate.remove(name, why.act());
  }
}
