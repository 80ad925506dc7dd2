package musiccorp.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import musiccorp.cli.CliCommand;
import musiccorp.cli.CliException;
import musiccorp.cli.ExitCode;
import musiccorp.cli.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench outbox}. */
@Command(
    name = "outbox",
    description = "Publishes and drains events: 8 publishers, 500 bytes, 5,000 keys.")
final class OutboxBenchCommand extends CliCommand {

  @Option(
      names = "--messages",
      paramLabel = "N",
      defaultValue = "150000",
      description = "Events a round (default ${DEFAULT-VALUE})")
  private int messages;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds; medians are printed (default ${DEFAULT-VALUE})")
  private int rounds;

  @Option(
      names = "--wait-seconds",
      paramLabel = "N",
      defaultValue = "10",
      description = "How long to publish at 200 events a second (default ${DEFAULT-VALUE})")
  private int waitSeconds;

  @Override
  public Integer call() throws Exception {
    if (messages < 1000 || rounds < 1 || waitSeconds < 1) {
      throw new CliException(
          ExitCode.USAGE,
          "--messages %d must be 1000 or more, --rounds %d and --wait-seconds %d 1 or more."
              .formatted(messages, rounds, waitSeconds));
    }
    try (Session session = Session.prepare(options());
        BenchDatabase bench = BenchDatabase.make(session)) {
      OutboxBench outbox = new OutboxBench(bench.database());
      List<OutboxBench.Figures> figures = new ArrayList<>();
      for (int round = 1; round <= rounds; round++) {
        figures.add(outbox.run(messages));
        output().say("round %d of %d: %s".formatted(round, rounds, figures.get(round - 1)));
      }
      WaitBench.Waits waits = new WaitBench(bench.database()).run(Duration.ofSeconds(waitSeconds));
      Result result =
          result(figures, waits, Settings.of(bench.database().login(OutboxBench.LOGIN)));
      output().object(result, out -> out.print(result.forPeople()));
      return result.lost() == 0 && result.doubled() == 0 ? ExitCode.OK : ExitCode.CHECK_FAILED;
    }
  }

  private Result result(
      List<OutboxBench.Figures> figures, WaitBench.Waits waits, Settings settings) {
    return new Result(
        messages,
        rounds,
        Math.round(median(figures, OutboxBench.Figures::publishPerSecond)),
        new Drain(
            Math.round(median(figures, OutboxBench.Figures::drainOnePerSecond)),
            Math.round(median(figures, OutboxBench.Figures::drainBatchPerSecond))),
        waits,
        Math.round(median(figures, OutboxBench.Figures::walBytesPerPublish)),
        Math.round(median(figures, OutboxBench.Figures::walBytesPerEvent)),
        figures.stream().mapToLong(OutboxBench.Figures::lost).sum(),
        figures.stream().mapToLong(OutboxBench.Figures::doubled).sum(),
        settings);
  }

  private static double median(
      List<OutboxBench.Figures> figures, ToDoubleFunction<OutboxBench.Figures> one) {
    return BenchCommand.median(figures.stream().map(one::applyAsDouble).toList());
  }

  /** Events drained a second by a handler that inserts a row an event. */
  record Drain(long one, long batch) {}

  /** What is printed. */
  record Result(
      int messages,
      int rounds,
      long publishPerSecond,
      Drain drainPerSecond,
      WaitBench.Waits waitMs,
      long walBytesPerPublish,
      long walBytesPerEvent,
      long lost,
      long doubled,
      Settings settings) {

    String forPeople() {
      return """
          published, a second           %,12d
          drained one by one, a second  %,12d
          drained as batches, a second  %,12d
          wait at 200 a second, p50     %12.1f ms
          wait at 200 a second, p99     %12.1f ms
          WAL a published event         %,12d bytes
          WAL a handled event           %,12d bytes
          lost, doubled                 %,8d, %,d
          %s
          """
          .formatted(
              publishPerSecond,
              drainPerSecond.one,
              drainPerSecond.batch,
              waitMs.p50(),
              waitMs.p99(),
              walBytesPerPublish,
              walBytesPerEvent,
              lost,
              doubled,
              settings);
    }
  }
}
