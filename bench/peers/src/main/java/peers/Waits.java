package peers;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import peers.Contestant.Pace;

/**
 * How long an event waits from its publication, before its commit, until its handler has run: at a
 * steady 200 a second.
 */
final class Waits extends Scenario {

  private final Duration duration;

  Waits(Arena arena, Field field, Report report, Duration duration) {
    super(arena, field, report);
    this.duration = duration;
  }

  @Override
  void run(int rounds) throws InterruptedException {
    waits("poll of 100 ms", Pace.POLL, field.waiting(Pace.POLL), rounds);
    waits("woken in one process", Pace.WOKEN, field.waiting(Pace.WOKEN), rounds);
    waits("woken across two processes", Pace.WOKEN, field.acrossProcesses(), rounds);
  }

  private void waits(String how, Pace pace, List<Entry> entries, int rounds)
      throws InterruptedException {
    Measure p50 = report.lowerIsBetter("wait p50 at 200/s, " + how + ", ms", "%,.1f");
    Measure p99 = report.lowerIsBetter("wait p99 at 200/s, " + how + ", ms", "%,.1f");
    warmRounds(
        "wait, " + how,
        entries,
        rounds,
        (entry, counts) -> {
          double[] waits =
              arena.turn(entry, pace, 1, (contestant, tally) -> steady(contestant, tally));
          p50.add(entry.name(), waits[0]);
          p99.add(entry.name(), waits[1]);
          return "p50 %.1f, p99 %.1f ms".formatted(waits[0], waits[1]);
        });
  }

  /** The first second is not counted: schedulers start up, plans are made. */
  private double[] steady(Contestant contestant, Tally tally) throws Exception {
    contestant.start();
    LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
    long warm = Publishing.steadily(contestant, 1, Duration.ofSeconds(1));
    tally.await(warm, Duration.ofSeconds(5));
    tally.forgetWaits();
    long count = Publishing.steadily(contestant, warm + 1, duration);
    boolean complete = tally.await(warm + count, Duration.ofSeconds(10));
    contestant.stop();
    if (!complete) {
      throw new IllegalStateException(
          "%d of %d events were handled".formatted(tally.handled(), warm + count));
    }
    return tally.waitsMs(0.50, 0.99);
  }
}
