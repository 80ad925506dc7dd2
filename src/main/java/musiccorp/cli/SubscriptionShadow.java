package musiccorp.cli;

import commondata.event.EventCodec;
import commondata.job.Plural;
import commondata.subscription.Shadow;
import commondata.subscription.ShadowRun;
import commondata.subscription.Subscription;
import java.util.List;
import musiccorp.MusicCorp;
import org.springframework.dao.DataIntegrityViolationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs handlers again without effect, and compares. */
@Command(
    name = "shadow",
    description = {
      "Compares a reader's handlers with what they have done; keeps nothing of it.",
      "Runs the handlers of a reader for events that it has handled already, each in",
      "a transaction that is rolled back, and shows what would come out otherwise:",
      "this program's handlers against those that ran. They run on the tables as",
      "they are today: a handler that finds its own rows there, because it has done",
      "this before, comes out otherwise. So does a batch handler that did not say",
      "which event it published for. What a handler does outside of the database is",
      "done. Exit code 1 if anything comes out otherwise."
    })
final class SubscriptionShadow extends CliCommand {

  @Parameters(paramLabel = "NAME", description = "Name of the subscription")
  private String name = "";

  @Option(
      names = "--from",
      paramLabel = "WHERE",
      defaultValue = "beginning",
      description =
          "beginning, PART:POSITION such as 3:120, or a time such as 2026-11-21T08:00Z (default ${DEFAULT-VALUE})")
  private String from = "";

  @Option(
      names = "--limit",
      paramLabel = "EVENTS",
      defaultValue = "1000",
      description = "Events a part, at most (default ${DEFAULT-VALUE})")
  private int limit;

  @Override
  public Integer call() {
    try (Session session = openSession()) {
      SubscriptionCommand.requireKnown(session, name);
      Subscription subscription = handlers(session);
      ShadowRun run = run(session, subscription);
      Rows rows = new Rows("event", "real", "shadow");
      run.differences().forEach(each -> rows.add(each.event(), each.real(), each.shadow()));
      output().rows(rows);
      output()
          .say(
              "%d %s, %d %s out otherwise, on the tables as they are today. Nothing of it was kept."
                  .formatted(
                      run.events(),
                      Plural.of(run.events(), "event"),
                      run.differences().size(),
                      Plural.of(run.differences().size(), "comes", "come")));
      return run.differences().isEmpty() ? ExitCode.OK : ExitCode.CHECK_FAILED;
    }
  }

  private ShadowRun run(Session session, Subscription subscription) {
    try {
      return new Shadow(
              subscription, session.database().login(subscription.login()), new EventCodec())
          .run(from, limit);
    } catch (DataIntegrityViolationException e) {
      throw SubscriptionCommand.notAPlace("--from", e);
    }
  }

  private Subscription handlers(Session session) {
    List<Subscription> all = MusicCorp.subscriptions(session.database(), session.home());
    return all.stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new CliException(
                    ExitCode.NOT_FOUND,
                    "Subscription \"%s\" has no handlers in this program.".formatted(name)));
  }
}
