package musiccorp.cli;

import commondata.job.Plural;
import commondata.operate.Operate;
import commondata.operate.RewoundPart;
import java.util.List;
import org.springframework.dao.DataIntegrityViolationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lets a reader read again what it has read. */
@Command(
    name = "rewind",
    description = {
      "Sets a reader back: it gets events again that it has handled.",
      "What its handlers do then is theirs to know: look with --dry-run, and with",
      "the command shadow, before."
    })
final class SubscriptionRewind extends CliCommand {

  @Parameters(paramLabel = "NAME", description = "Name of the subscription")
  private String name = "";

  @Option(
      names = "--to",
      paramLabel = "WHERE",
      required = true,
      description = "beginning, PART:POSITION such as 3:120, or a time such as 2026-11-21T08:00Z")
  private String to = "";

  @Option(names = "--dry-run", description = "Shows what would come again; changes nothing")
  private boolean dryRun;

  @Mixin private final ActOptions why = new ActOptions();

  @Override
  public Integer call() {
    try (Session session = openSession()) {
      SubscriptionCommand.requireKnown(session, name);
      List<RewoundPart> parts = parts(session.operate());
      Rows rows =
          new Rows("part", "position", "newPosition", "events", "handled", "parked", "dead");
      for (RewoundPart each : parts) {
        rows.add(
            each.part(),
            each.position(),
            each.newPosition(),
            each.events(),
            each.handled(),
            each.parked(),
            each.dead());
      }
      output().rows(rows);
      long events = parts.stream().mapToLong(RewoundPart::events).sum();
      output()
          .say(
              dryRun
                  ? "%d %s would come again. Nothing was done."
                      .formatted(events, Plural.of(events, "event"))
                  : "%d %s again. Next: ./commondata lag"
                      .formatted(events, Plural.of(events, "event comes", "events come")));
      return ExitCode.OK;
    }
  }

  private List<RewoundPart> parts(Operate operate) {
    try {
      return dryRun ? operate.rewindPlan(name, to) : operate.rewind(name, to, why.act());
    } catch (DataIntegrityViolationException e) {
      throw SubscriptionCommand.notAPlace("--to", e);
    }
  }
}
