package musiccorp.cli;

import commondata.operate.Act;
import commondata.operate.DeadLetter;
import commondata.operate.DeadLetterGroup;
import commondata.operate.Operate;
import commondata.operate.PayloadChange;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The message hospital. */
@Command(
    name = "hospital",
    description = "Shows dead letters; replays, edits and discards them.",
    subcommands = {
      HospitalCommand.ListCommand.class,
      HospitalCommand.GroupsCommand.class,
      HospitalCommand.ShowCommand.class,
      HospitalReplay.class,
      HospitalEdit.class,
      HospitalDiscard.class,
      HospitalConfirm.class,
      HospitalResume.class
    })
final class HospitalCommand extends GroupCommand {

  static Rows rows(Iterable<DeadLetter> letters) {
    Rows rows =
        new Rows(
            "id",
            "subscription",
            "state",
            "type",
            "key",
            "attempts",
            "error",
            "followers",
            "diedAt",
            "group",
            "proposed",
            "proposal");
    for (DeadLetter each : letters) {
      rows.add(
          each.id(),
          each.subscription(),
          each.state(),
          each.type(),
          each.key(),
          each.attempts(),
          each.errorClass() + ": " + each.errorMessage(),
          each.followers(),
          each.diedAt(),
          each.group(),
          each.proposed(),
          each.proposal());
    }
    return rows;
  }

  static CliException notFound(long id) {
    return new CliException(
        ExitCode.NOT_FOUND,
        "There is no dead letter %d. See ./commondata hospital list --state any".formatted(id));
  }

  @Command(name = "list", description = "Shows dead letters, the oldest first.")
  static final class ListCommand extends CliCommand {

    @Mixin private final HospitalFilter filter = new HospitalFilter();

    @Option(
        names = "--state",
        paramLabel = "STATE",
        defaultValue = "OPEN",
        description = "OPEN (default), REPLAYED, EDITED, DISCARDED or ANY")
    private String state = "OPEN";

    @Option(
        names = "--limit",
        paramLabel = "ROWS",
        defaultValue = "100",
        description = "Rows to show at most (default ${DEFAULT-VALUE})")
    private int limit;

    @Override
    public Integer call() {
      try (Session session = openSession()) {
        Rows rows =
            rows(
                session.operate().deadLetters(filter.withState(state), positive("--limit", limit)));
        output().rows(rows);
        output()
            .say(
                rows.isEmpty()
                    ? "There are none. Next: ./commondata lag"
                    : "Next: ./commondata hospital show ID");
        return ExitCode.OK;
      }
    }
  }

  @Command(name = "group", description = "Shows what made open dead letters fail, most first.")
  static final class GroupsCommand extends CliCommand {

    @Mixin private final HospitalFilter filter = new HospitalFilter();

    @Override
    public Integer call() {
      try (Session session = openSession()) {
        Rows rows =
            new Rows(
                "group",
                "subscription",
                "type",
                "error",
                "letters",
                "keys",
                "firstAt",
                "lastAt",
                "sample");
        for (DeadLetterGroup each : session.operate().deadLetterGroups(filter.open())) {
          rows.add(
              each.group(),
              each.subscription(),
              each.type(),
              each.errorClass() + ": " + each.errorPattern(),
              each.letters(),
              each.keys(),
              each.firstAt(),
              each.lastAt(),
              each.sample());
        }
        output().rows(rows);
        output()
            .say(
                rows.isEmpty()
                    ? "There are none. Next: ./commondata lag"
                    : "Next: ./commondata hospital replay --group GROUP --dry-run");
        return ExitCode.OK;
      }
    }
  }

  @Command(
      name = "show",
      description =
          "Shows one dead letter with its payload and error, and what a proposed edit would change; personal data as ***.")
  static final class ShowCommand extends CliCommand {

    @Parameters(paramLabel = "ID", description = "Number of the dead letter")
    private long id;

    @Option(
        names = "--personal",
        description = "Show personal data; needs --reason, and is kept as an act")
    private boolean personal;

    @Mixin private final ActOptions why = new ActOptions();

    @Override
    public Integer call() {
      Act act = personal ? why.act() : null;
      try (Session session = openSession()) {
        Operate operate = session.operate();
        DeadLetter letter = operate.deadLetter(id).orElseThrow(() -> notFound(id));
        List<PayloadChange> proposed = operate.proposedChanges(id);
        if (act != null) {
          letter = letter.withPayload(operate.revealDeadLetter(id, act).orElseThrow());
          if (!proposed.isEmpty()) {
            proposed = operate.revealProposedChanges(id, act);
          }
        }
        show(letter, HospitalEdit.rows(output(), proposed));
        return ExitCode.OK;
      }
    }

    private void show(DeadLetter letter, Rows proposed) {
      Map<String, @Nullable Object> fields = Fields.of(letter);
      fields.put("proposedChanges", proposed.objects());
      output()
          .object(
              fields,
              out -> {
                Fields.print(out, letter);
                if (!proposed.isEmpty()) {
                  new Table(proposed, 0).print(out);
                }
              });
      output().say("Next: " + next(letter));
    }

    private static String next(DeadLetter letter) {
      if (letter.proposal() != null) {
        return "./commondata hospital confirm %d --seen %d --reason \"...\""
            .formatted(letter.id(), letter.proposal());
      }
      return letter.state().equals("OPEN")
          ? "./commondata hospital replay %d --reason \"...\"".formatted(letter.id())
          : "./commondata trace " + Shell.word(letter.key());
    }
  }
}
