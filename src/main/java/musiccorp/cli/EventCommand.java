package musiccorp.cli;

import commondata.operate.Act;
import commondata.operate.EventEntry;
import commondata.operate.Operate;
import commondata.operate.TypeEntry;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** Looks at single events, and at what may be published; lets delayed ones go. */
@Command(
    name = "event",
    description = "Shows events (personal data as ***) and types; releases delayed ones.",
    subcommands = {
      EventCommand.ListCommand.class,
      EventCommand.ShowCommand.class,
      EventCommand.ReleaseCommand.class,
      EventCommand.TypesCommand.class
    })
final class EventCommand extends GroupCommand {

  /** Nothing in it means something to a shell or to SQL. */
  private static final Pattern LIKE_A_TYPE =
      Pattern.compile("[a-z][a-z0-9_-]*(\\.[a-z][a-z0-9_-]*)+");

  @Command(name = "list", description = "Shows the events of one key, the latest first.")
  static final class ListCommand extends CliCommand {

    @Parameters(paramLabel = "KEY", description = "Business id, such as an order")
    private String key = "";

    @Option(
        names = "--limit",
        paramLabel = "ROWS",
        defaultValue = "100",
        description = "Rows to show at most (default ${DEFAULT-VALUE})")
    private int limit;

    @Override
    public Integer call() {
      if (key.isBlank() || key.indexOf('\0') >= 0) {
        throw new CliException(ExitCode.USAGE, "KEY must be an order, a customer or a sku.");
      }
      try (Session session = openSession()) {
        List<EventEntry> events = session.operate().events(key, positive("--limit", limit));
        Rows rows = new Rows("eventId", "occurredAt", "type", "version", "source", "businessDate");
        for (EventEntry each : events) {
          rows.add(
              each.eventId(),
              each.occurredAt(),
              each.type(),
              each.version(),
              each.source(),
              each.businessDate());
        }
        output().rows(rows);
        output().say(rows.isEmpty() ? none() : "Next: ./commondata event show EVENT_ID");
        return ExitCode.OK;
      }
    }

    private String none() {
      if (!LIKE_A_TYPE.matcher(key).matches()) {
        return "There are none. Next: ./commondata order list";
      }
      return """
          There are none: KEY is a business id, but "%s" looks like a type. Next: ./commondata sql \
          "SELECT occurred_at, event_id, key FROM commondata.event WHERE type = '%s' LIMIT 20\""""
          .formatted(key, key);
    }
  }

  @Command(
      name = "show",
      description = "Shows one event.",
      footer = {"", "Its id stands in: ./commondata event list KEY"})
  static final class ShowCommand extends CliCommand {

    @Parameters(paramLabel = "EVENT_ID", description = "Identity of the event, a UUID")
    private String id = "";

    @Option(names = "--cloudevents", description = "As CloudEvents 1.0, structured JSON")
    private boolean asCloudEvent;

    @Option(
        names = "--personal",
        description = "Show personal data; needs --reason, and is kept as an act")
    private boolean personal;

    @Mixin private final ActOptions why = new ActOptions();

    @Override
    public Integer call() {
      UUID eventId = uuid(id);
      Act act = personal ? why.act() : null;
      try (Session session = openSession()) {
        Operate operate = session.operate();
        EventEntry event = require(operate, eventId);
        if (act != null) {
          event = event.withPayload(operate.reveal(eventId, act).orElseThrow());
        }
        if (asCloudEvent) {
          showAsCloudEvent(operate, event);
        } else {
          EventEntry shown = event;
          output().object(Fields.of(shown), out -> Fields.print(out, shown));
        }
        output().say("Next: ./commondata trace " + Shell.word(event.key()));
        return ExitCode.OK;
      }
    }

    private void showAsCloudEvent(Operate operate, EventEntry event) {
      ObjectNode json = (ObjectNode) Json.parsed(operate.cloudEvent(event.eventId()).orElseThrow());
      json.set("data", Json.parsed(event.payload()));
      output().object(json, out -> Json.print(out, json));
    }
  }

  @Command(
      name = "release",
      description = {
        "Lets a delayed event be handled before its time.",
        "It keeps its place: earlier events of its key still come first."
      })
  static final class ReleaseCommand extends CliCommand {

    @Parameters(paramLabel = "EVENT_ID", description = "Identity of the event, a UUID")
    private String id = "";

    @Mixin private final ActOptions why = new ActOptions();

    @Override
    public Integer call() {
      UUID eventId = uuid(id);
      Act act = why.act("by hand");
      try (Session session = openSession()) {
        EventEntry event = require(session.operate(), eventId);
        if (!session.operate().release(eventId, act)) {
          throw new CliException(
              ExitCode.CHECK_FAILED,
              "Event %s (%s, key \"%s\") does not wait for a time: nothing was done. See ./commondata trace %s"
                  .formatted(eventId, event.type(), event.key(), Shell.word(event.key())));
        }
        output().object(Fields.of(event), out -> Fields.print(out, event));
        output().say("Next: ./commondata trace " + Shell.word(event.key()));
        return ExitCode.OK;
      }
    }
  }

  private static EventEntry require(Operate operate, UUID eventId) {
    return operate
        .event(eventId)
        .orElseThrow(
            () ->
                new CliException(
                    ExitCode.NOT_FOUND,
                    "There is no event %s. See ./commondata event list KEY".formatted(eventId)));
  }

  private static UUID uuid(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw new CliException(
          ExitCode.USAGE,
          "EVENT_ID \"%s\" is not a UUID. See ./commondata event list KEY".formatted(text));
    }
  }

  @Command(name = "types", description = "Shows what may be published, and its personal data.")
  static final class TypesCommand extends CliCommand {

    @Override
    public Integer call() {
      try (Session session = openSession()) {
        Rows rows = new Rows("type", "version", "schema", "personalFields");
        for (TypeEntry each : session.operate().eventTypes()) {
          rows.add(
              each.type(),
              each.version(),
              each.hasSchema(),
              String.join(" ", each.personalFields()));
        }
        output().rows(rows);
        output().say("Next: ./commondata event list KEY");
        return ExitCode.OK;
      }
    }
  }
}
