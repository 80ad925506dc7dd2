package peers;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import peers.Contestant.Pace;

/** The handler takes a second for whatever lies in one part of the log: how long do others wait? */
final class SlowPart extends Scenario {

  private final Duration duration;

  SlowPart(Arena arena, Field field, Report report, Duration duration) {
    super(arena, field, report);
    this.duration = duration;
  }

  @Override
  void run(int rounds) throws InterruptedException {
    Measure normal = report.lowerIsBetter("wait p50 in the other parts, none is slow, ms", "%,.1f");
    Measure slow =
        report.lowerIsBetter("wait p50 in the other parts, one is slow by 1 s, ms", "%,.1f");
    warmRounds(
        "slow part", field.withoutSlowPart(), rounds, (entry, counts) -> take(entry, normal));
    warmRounds("slow part", field.withSlowPart(), rounds, (entry, counts) -> take(entry, slow));
  }

  private String take(Entry entry, Measure measure) throws Exception {
    double wait =
        arena.turn(
            entry,
            Pace.WOKEN,
            1,
            (contestant, tally) -> {
              contestant.start();
              LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
              long warm = Publishing.steadily(contestant, 1, Duration.ofSeconds(1));
              tally.forgetWaits();
              Publishing.steadily(contestant, warm + 1, duration);
              contestant.stop();
              return tally.waitsMs(0.50)[0];
            });
    measure.add(entry.name(), wait);
    return "p50 %.1f ms".formatted(wait);
  }
}
