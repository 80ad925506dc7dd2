package musiccorp.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import musiccorp.bench.LimitBench.Limits;
import musiccorp.bench.OutboxBench.Figures;
import musiccorp.bench.WaitBench.Waits;
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
      LimitBench limit = new LimitBench(bench.database());
      List<Figures> figures = new ArrayList<>();
      List<Limits> limits = new ArrayList<>();
      for (int round = 1; round <= rounds; round++) {
        figures.add(outbox.run(messages));
        limits.add(limit.run(messages));
        output().say("round %d of %d: %s".formatted(round, rounds, figures.get(round - 1)));
      }
      Result result = result(bench, figures, limits);
      output().object(result, out -> out.print(result.forPeople()));
      return result.lost() == 0 && result.doubled() == 0 ? ExitCode.OK : ExitCode.CHECK_FAILED;
    }
  }

  private Result result(BenchDatabase bench, List<Figures> figures, List<Limits> limits) {
    Duration duration = Duration.ofSeconds(waitSeconds);
    return new Result(
        messages,
        rounds,
        Math.round(median(figures, Figures::publishPerSecond)),
        new Drain(
            Math.round(median(figures, Figures::drainOnePerSecond)),
            Math.round(median(figures, Figures::drainBatchPerSecond))),
        new Limit(
            Math.round(median(limits, Limits::publishPerSecond)),
            Math.round(median(limits, Limits::drainOnePerSecond)),
            Math.round(median(limits, Limits::drainBatchPerSecond))),
        WaitBench.polled(bench.database(), bench.other()).run(duration),
        WaitBench.woken(bench.database()).run(duration),
        Math.round(median(figures, Figures::walBytesPerPublish)),
        Math.round(median(figures, Figures::walBytesPerEvent)),
        median(figures, Figures::writesPerEvent),
        figures.stream().mapToLong(Figures::lost).sum(),
        figures.stream().mapToLong(Figures::doubled).sum(),
        Settings.of(bench.database().login(OutboxBench.LOGIN)));
  }

  private static <T> double median(List<T> rounds, ToDoubleFunction<T> one) {
    return BenchCommand.median(rounds.stream().map(one::applyAsDouble).toList());
  }

  /** Events drained a second by a handler that inserts a row an event. */
  record Drain(long one, long batch) {}

  /** The same without any event: business rows published, and effects inserted, a second. */
  record Limit(long publishPerSecond, long one, long batch) {}

  /** What is printed. */
  record Result(
      int messages,
      int rounds,
      long publishPerSecond,
      Drain drainPerSecond,
      Limit limitPerSecond,
      Waits waitMs,
      Waits wokenMs,
      long walBytesPerPublish,
      long walBytesPerEvent,
      double writesPerEvent,
      long lost,
      long doubled,
      Settings settings) {

    String forPeople() {
      return line("published, a second", publishPerSecond, limitPerSecond.publishPerSecond)
          + line("drained one by one, a second", drainPerSecond.one, limitPerSecond.one)
          + line("drained as batches, a second", drainPerSecond.batch, limitPerSecond.batch)
          + """
          wait at 200 a second, p50     %12.1f ms
          wait at 200 a second, p99     %12.1f ms
          woken by its process, p50     %12.1f ms
          woken by its process, p99     %12.1f ms
          WAL a published event         %,12d bytes
          WAL a handled event           %,12d bytes
          writing transactions an event %12.4f
          lost, doubled                 %,8d, %,d
          %s
          """
              .formatted(
                  waitMs.p50(),
                  waitMs.p99(),
                  wokenMs.p50(),
                  wokenMs.p99(),
                  walBytesPerPublish,
                  walBytesPerEvent,
                  writesPerEvent,
                  lost,
                  doubled,
                  settings);
    }

    /** With what the same work comes to without the log. */
    private static String line(String what, long figure, long limit) {
      return String.format(
          Locale.ROOT, "%-29s %,12d   (%,d without the log)%n", what, figure, limit);
    }
  }
}
