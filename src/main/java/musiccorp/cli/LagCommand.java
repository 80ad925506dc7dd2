package musiccorp.cli;

import commondata.operate.Lag;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How far the readers of the log are behind. */
@Command(name = "lag", description = "Shows how far each reader of the log is behind.")
final class LagCommand extends CliCommand {

  /** As the node's default: what is held longer is worth a word. */
  static final Duration KEEP = Duration.ofDays(30);

  @Option(names = "--parts", description = "One row a part of the log")
  private boolean parts;

  @Override
  public Integer call() {
    try (Session session = openSession()) {
      List<Lag> lags = parts ? session.operate().lagByPart() : session.operate().lag();
      Rows rows =
          parts
              ? new Rows(
                  "subscription",
                  "part",
                  "paused",
                  "waiting",
                  "parked",
                  "parkedKeys",
                  "dead",
                  "oldestSeconds",
                  "parkedSeconds",
                  "delayed",
                  "pausedUntil",
                  "pauseReason")
              : new Rows(
                  "subscription",
                  "paused",
                  "waiting",
                  "parked",
                  "parkedKeys",
                  "dead",
                  "oldestSeconds",
                  "parkedSeconds",
                  "delayed");
      lags.forEach(lag -> add(rows, lag));
      output().rows(rows);
      session
          .operate()
          .alarms(KEEP)
          .forEach(
              alarm ->
                  output()
                      .say("%s: %s: %s".formatted(alarm.name(), alarm.subject(), alarm.detail())));
      suggest(lags, new Unattended(session).all(lags));
      return ExitCode.OK;
    }
  }

  private void add(Rows rows, Lag lag) {
    if (parts) {
      rows.add(
          lag.subscription(),
          lag.part(),
          lag.paused(),
          lag.waiting(),
          lag.parked(),
          lag.parkedKeys(),
          lag.dead(),
          lag.oldestSeconds(),
          lag.parkedSeconds(),
          lag.delayed(),
          lag.pausedUntil(),
          lag.pauseReason());
    } else {
      rows.add(
          lag.subscription(),
          lag.paused(),
          lag.waiting(),
          lag.parked(),
          lag.parkedKeys(),
          lag.dead(),
          lag.oldestSeconds(),
          lag.parkedSeconds(),
          lag.delayed());
    }
  }

  private void suggest(List<Lag> lags, Optional<String> unattended) {
    if (unattended.isPresent()) {
      output().say(unattended.get());
    } else if (lags.stream().anyMatch(lag -> lag.dead() > 0)) {
      output().say("Next: ./commondata hospital list");
    } else if (lags.stream().anyMatch(Lag::paused)) {
      output().say("Next: ./commondata subscription resume NAME");
    } else if (lags.stream().anyMatch(lag -> lag.waiting() > 0)) {
      output().say("Next: ./commondata lag, until the nodes are through");
    } else {
      output().say("Next: ./commondata check");
    }
  }
}
