package musiccorp.cli;

import commondata.job.Plural;
import commondata.upkeep.LogDay;
import commondata.upkeep.Restore;
import commondata.upkeep.Retention;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The shared log as a thing to be kept in order. */
@Command(
    name = "log",
    description = "Shows the days of the shared log; drops old ones; mends a restored one.",
    subcommands = {
      LogCommand.DaysCommand.class,
      LogCommand.RetireCommand.class,
      LogCommand.RestampCommand.class
    })
final class LogCommand extends GroupCommand {

  /** How long days stay. */
  static final class Keeping {

    @Option(
        names = "--keep",
        paramLabel = "DAYS",
        defaultValue = "30",
        description = "Days that stay in any case (default ${DEFAULT-VALUE})")
    private int days;

    Duration duration() {
      if (days < 1) {
        throw new CliException(ExitCode.USAGE, "--keep %d must be 1 or more.".formatted(days));
      }
      return Duration.ofDays(days);
    }
  }

  @Command(name = "days", description = "Shows each day of the log and what holds it.")
  static final class DaysCommand extends CliCommand {

    @Mixin private final Keeping keeping = new Keeping();

    @Override
    public Integer call() {
      Duration keep = keeping.duration();
      try (Session session = openSession()) {
        output().rows(rows(new Retention(session.database()).days(keep).stream()));
        output().say("Next: ./commondata log retire --dry-run");
        return ExitCode.OK;
      }
    }
  }

  @Command(
      name = "retire",
      description = {
        "Drops days that are past keeping and that every reader has passed.",
        "A day that a parked event points into stays. A node does so by itself, each",
        "hour."
      })
  static final class RetireCommand extends CliCommand {

    @Mixin private final Keeping keeping = new Keeping();
    @Mixin private final ActOptions why = new ActOptions();

    @Option(names = "--dry-run", description = "Shows the days past keeping; drops nothing")
    private boolean dryRun;

    @Override
    public Integer call() {
      Duration keep = keeping.duration();
      try (Session session = openSession()) {
        Retention retention = new Retention(session.database());
        if (dryRun) {
          Rows old = rows(retention.days(keep).stream().filter(LogDay::pastKeeping));
          output().rows(old);
          output()
              .say(
                  old.isEmpty()
                      ? "No day is older than %d %s: there is nothing to do."
                          .formatted(keep.toDays(), Plural.of(keep.toDays(), "day"))
                      : "Nothing was done. A day goes when those before it go, too.");
          return ExitCode.OK;
        }
        List<LocalDate> days = retention.run(keep, why.act());
        Rows rows = new Rows("day");
        days.forEach(rows::add);
        output().rows(rows);
        output().say("Next: ./commondata log days");
        return ExitCode.OK;
      }
    }
  }

  @Command(
      name = "restamp",
      description = {
        "Makes a restored log fit the transaction ids of its cluster.",
        "For after a restore into another one, before any node starts. See",
        "docs/how-to/restore.md."
      })
  static final class RestampCommand extends CliCommand {

    @Mixin private final ActOptions why = new ActOptions();

    @Override
    public Integer call() {
      try (Session session = openSession()) {
        Restore.Restamped done = new Restore(session.database()).restamp(why.act());
        output().row(new Rows("rewritten", "stamped").add(done.rewritten(), done.stamped()));
        output().say("Next: ./commondata check");
        return ExitCode.OK;
      }
    }
  }

  private static Rows rows(Stream<LogDay> days) {
    Rows rows = new Rows("day", "sizeBytes", "pastKeeping", "heldBy");
    days.forEach(each -> rows.add(each.day(), each.sizeBytes(), each.pastKeeping(), each.heldBy()));
    return rows;
  }
}
