package peers;

import java.util.List;
import java.util.Locale;
import peers.Arena.Drain;
import peers.Contestant.Pace;
import peers.Entry.Kind;

/** Every event goes to several readers. */
final class FanOut extends Scenario {

  private final long deliveries;
  private final long peerDeliveries;

  FanOut(Arena arena, Field field, Report report, long deliveries, long peerDeliveries) {
    super(arena, field, report);
    this.deliveries = deliveries;
    this.peerDeliveries = peerDeliveries;
  }

  @Override
  void run(int rounds) throws InterruptedException {
    for (int readers : new int[] {2, 8}) {
      String to = "fan-out to %d: ".formatted(readers);
      Measure publish = report.higherIsBetter(to + "published a second", "%,.0f");
      Measure wal = report.lowerIsBetter(to + "WAL a published event, bytes", "%,.0f");
      Measure delivered = report.higherIsBetter(to + "deliveries a second", "%,.0f");
      Measure together =
          report.higherIsBetter(to + "deliveries a second, writes together", "%,.0f");
      report.comparesWith("fan-out to 2: deliveries a second", together);
      if (readers > 2) {
        report.comparesWith("fan-out to 2: deliveries a second", delivered);
      }
      List<Entry> entries = readers == 2 ? field.fanningOut() : field.ours();
      fanOut(readers, entries, rounds, publish, wal, delivered);
      fanOut(readers, field.writingTogether(), rounds, publish, wal, together);
    }
  }

  private void fanOut(
      int readers, List<Entry> entries, int rounds, Measure publish, Measure wal, Measure delivered)
      throws InterruptedException {
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
                  long events = events(entry, readers);
                  long walBefore = arena.server().walBytes();
                  double published = Publishing.burst(contestant, 1, events);
                  double bytes = (arena.server().walBytes() - walBefore) / (double) events;
                  Drain drained = arena.drain(entry, contestant, tally, events * readers);
                  publish.add(entry.name(), published);
                  wal.add(entry.name(), bytes);
                  delivered.add(entry.name(), drained.perSecond());
                  return String.format(
                      Locale.ROOT, "%,.0f/s, %,.0f bytes, %s", published, bytes, drained);
                }));
  }

  private long events(Entry entry, int readers) {
    return Math.max(1, (entry.kind() == Kind.OURS ? deliveries : peerDeliveries) / readers);
  }
}
