package musiccorp.cli;

import commondata.operate.Reader;
import java.util.List;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.springframework.dao.DataAccessException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The readers of the log. */
@Command(
    name = "subscription",
    description = "Shows the readers of the log; stops, resumes, sets back and removes one.",
    subcommands = {
      SubscriptionCommand.ListCommand.class,
      SubscriptionCommand.PauseCommand.class,
      SubscriptionCommand.ResumeCommand.class,
      SubscriptionRewind.class,
      SubscriptionRemove.class,
      SubscriptionShadow.class
    })
final class SubscriptionCommand extends GroupCommand {

  /** SQLSTATE invalid_parameter_value. */
  private static final String BAD_VALUE = "22023";

  @Command(name = "list", description = "Shows every subscription.")
  static final class ListCommand extends CliCommand {

    @Override
    public Integer call() {
      try (Session session = openSession()) {
        Rows rows =
            new Rows(
                "name",
                "owner",
                "paused",
                "waiting",
                "parked",
                "dead",
                "maxAttempts",
                "onDead",
                "types");
        for (Reader each : session.operate().subscriptions()) {
          rows.add(
              each.name(),
              each.owner(),
              each.paused(),
              each.waiting(),
              each.parked(),
              each.dead(),
              each.maxAttempts(),
              each.onDead(),
              output().json() ? each.types() : String.join(", ", each.types()));
        }
        output().rows(rows);
        output().say("Next: ./commondata lag --parts");
        return ExitCode.OK;
      }
    }
  }

  @Command(name = "pause", description = "Stops a reader; its events wait.")
  static final class PauseCommand extends Switch {

    @Override
    public Integer call() {
      return change(true);
    }
  }

  @Command(name = "resume", description = "Lets a paused reader go on.")
  static final class ResumeCommand extends Switch {

    @Override
    public Integer call() {
      return change(false);
    }
  }

  static void requireKnown(Session session, String name) {
    List<String> names = session.operate().subscriptions().stream().map(Reader::name).toList();
    if (!names.contains(name)) {
      throw new CliException(
          ExitCode.NOT_FOUND,
          "Subscription \"%s\" does not exist. There are: %s."
              .formatted(name, String.join(", ", names)));
    }
  }

  /** Says why the server can't find that place in the log, and which places there are. */
  static CliException notAPlace(String option, DataAccessException e) {
    Throwable cause = e.getMostSpecificCause();
    ServerErrorMessage server =
        cause instanceof PSQLException refused ? refused.getServerErrorMessage() : null;
    if (server == null || !BAD_VALUE.equals(server.getSQLState())) {
      throw e;
    }
    return new CliException(
        ExitCode.USAGE,
        "%s: %s. Say beginning, PART:POSITION such as 3:120, or a time such as 2026-11-21T08:00Z."
            .formatted(option, server.getMessage()));
  }

  abstract static class Switch extends CliCommand {

    @Parameters(paramLabel = "NAME", description = "Name of the subscription")
    private String name = "";

    @Mixin private final ActOptions why = new ActOptions();

    final Integer change(boolean paused) {
      try (Session session = openSession()) {
        requireKnown(session, name);
        session.operate().pause(name, paused, why.act("by hand"));
        output().row(new Rows("name", "paused").add(name, paused));
        output()
            .say(
                paused
                    ? "Next: ./commondata subscription resume " + name
                    : "Next: ./commondata lag");
        return ExitCode.OK;
      }
    }
  }
}
