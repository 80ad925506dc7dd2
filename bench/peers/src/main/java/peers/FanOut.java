package peers;

import java.util.List;
import java.util.Locale;
import peers.Arena.Drain;
import peers.Contestant.Pace;

/** Every event goes to several readers. */
final class FanOut extends Scenario {

  private final long events;

  FanOut(Arena arena, Field field, Report report, long events) {
    super(arena, field, report);
    this.events = events;
  }

  @Override
  void run(int rounds) throws InterruptedException {
    fanOut(2, field.fanningOut(), rounds);
    fanOut(8, field.ours(), rounds);
  }

  private void fanOut(int readers, List<Entry> entries, int rounds) throws InterruptedException {
    String to = "fan-out to %d: ".formatted(readers);
    Measure publish = report.higherIsBetter(to + "published a second", "%,.0f");
    Measure wal = report.lowerIsBetter(to + "WAL a published event, bytes", "%,.0f");
    Measure deliveries = report.higherIsBetter(to + "deliveries a second", "%,.0f");
    if (readers > 2) {
      report.comparesWith("fan-out to 2: deliveries a second", deliveries);
    }
    warmRounds(
        "fan-out to " + readers,
        entries,
        rounds,
        (entry, counts) ->
            arena.turn(
                entry,
                Pace.BACKLOG,
                readers,
                (contestant, tally) -> {
                  long walBefore = arena.server().walBytes();
                  double published = Publishing.burst(contestant, 1, events);
                  double bytes = (arena.server().walBytes() - walBefore) / (double) events;
                  Drain drained = arena.drain(entry, contestant, tally, events * readers);
                  publish.add(entry.name(), published);
                  wal.add(entry.name(), bytes);
                  deliveries.add(entry.name(), drained.perSecond());
                  return String.format(
                      Locale.ROOT, "%,.0f/s, %,.0f bytes, %s", published, bytes, drained);
                }));
  }
}
