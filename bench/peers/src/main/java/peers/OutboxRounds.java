package peers;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import peers.PublishAndDrain.Round;

/** Publishing and draining: rounds in which everybody has a turn. */
final class OutboxRounds {

  private static final int WARM_UP = 10_000;

  private final PublishAndDrain work;
  private final Field field;
  private final Report report;
  private final Set<String> failed = new HashSet<>();

  private final Measure publish = Measure.higherIsBetter("published a second, 8 threads", "%,.0f");
  private final Measure drain =
      Measure.higherIsBetter("drained a second, handler one by one", "%,.0f");
  private final Measure publishWal = Measure.lowerIsBetter("WAL a published event, bytes", "%,.0f");
  private final Measure drainWal =
      Measure.lowerIsBetter("WAL a handled event, its effect row included, bytes", "%,.0f");
  private final Measure writes =
      Measure.lowerIsBetter("write transactions a handled event", "%.4f");

  OutboxRounds(Server server, Field field, Report report) {
    this.work = new PublishAndDrain(server);
    this.field = field;
    this.report = report;
    List.of(publish, drain, publishWal, drainWal, writes).forEach(report::add);
  }

  void run(long messages, int rounds) throws InterruptedException {
    for (Entry entry : field.entries()) {
      turn(entry, Math.min(messages, WARM_UP), "warm-up");
    }
    for (int round = 1; round <= rounds; round++) {
      for (Entry entry : field.entries()) {
        if (!failed.contains(entry.name())) {
          record(entry, turn(entry, messages, "round %d of %d".formatted(round, rounds)));
        }
      }
    }
  }

  private Round turn(Entry entry, long messages, String what) throws InterruptedException {
    try {
      Round round = work.run(entry, messages, 1);
      System.err.printf("%s, %s: %s%n", what, entry.name(), round);
      if (round.lost() != 0 || round.doubled() != 0) {
        throw new IllegalStateException(
            "%d lost, %d doubled".formatted(round.lost(), round.doubled()));
      }
      return round;
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      failed.add(entry.name());
      report.fail(entry.name(), e);
      return Round.NONE;
    }
  }

  private void record(Entry entry, Round round) {
    if (entry.does().publishes()) {
      publish.add(entry.name(), round.publishPerSecond());
      publishWal.add(entry.name(), round.publishWal());
    }
    drain.add(entry.name(), round.drainPerSecond());
    drainWal.add(entry.name(), round.drainWal());
    writes.add(entry.name(), round.writes());
  }
}
