package peers;

import java.util.Locale;
import peers.Arena.Drain;
import peers.Contestant.Pace;
import peers.Entry.Kind;

/** Eight threads publish, then everything is handled. */
final class PublishAndDrain extends Scenario {

  private static final long WARM_UP = 10_000;

  private final long messages;
  private final long peerMessages;
  private final Measure publish;
  private final Measure publishTogether;
  private final Measure drain;
  private final Measure together;
  private final Measure publishWal;
  private final Measure drainWal;
  private final Measure writes;

  PublishAndDrain(Arena arena, Field field, Report report, long messages, long peerMessages) {
    super(arena, field, report);
    this.messages = messages;
    this.peerMessages = peerMessages;
    this.publish = report.higherIsBetter("published a second, 8 threads", "%,.0f");
    this.publishTogether =
        report.higherIsBetter("published a second, its row sent with the event", "%,.0f");
    report.comparesWith("published a second, 8 threads", publishTogether);
    this.drain = report.higherIsBetter("drained a second, handler one by one", "%,.0f");
    this.together =
        report.higherIsBetter("drained a second, one by one, its writes together", "%,.0f");
    report.comparesWith("drained a second, handler one by one", together);
    this.publishWal = report.lowerIsBetter("WAL a published event, bytes", "%,.0f");
    this.drainWal =
        report.lowerIsBetter("WAL a handled event, its effect row included, bytes", "%,.0f");
    this.writes = report.lowerIsBetter("write transactions a handled event", "%.4f");
  }

  @Override
  void run(int rounds) throws InterruptedException {
    rounds("publish and drain", field.entries(), rounds, this::take);
    warmRounds("writes together", field.writingTogether(), rounds, this::takeTogether);
  }

  private String takeTogether(Entry entry, boolean counts) throws Exception {
    return arena.turn(
        entry,
        Pace.BACKLOG,
        1,
        (contestant, tally) -> {
          publishTogether.add(entry.name(), Publishing.burst(contestant, 1, messages));
          Drain drained = arena.drain(entry, contestant, tally, messages);
          together.add(entry.name(), drained.perSecond());
          return drained.toString();
        });
  }

  private String take(Entry entry, boolean counts) throws Exception {
    long events = entry.kind() == Kind.OURS ? messages : peerMessages;
    return arena.turn(
        entry,
        Pace.BACKLOG,
        1,
        (contestant, tally) ->
            take(entry, contestant, tally, counts ? events : Math.min(events, WARM_UP), counts));
  }

  private String take(Entry entry, Contestant contestant, Tally tally, long events, boolean counts)
      throws Exception {
    long warmUp = Math.max(100, events / 20);
    Publishing.burst(contestant, 1, warmUp);
    long walBefore = arena.server().walBytes();
    double published = Publishing.burst(contestant, warmUp + 1, warmUp + events);
    double wal = (arena.server().walBytes() - walBefore) / (double) events;
    if (counts && entry.does().publishes()) {
      publish.add(entry.name(), published);
      publishWal.add(entry.name(), wal);
    }
    if (!entry.does().drains()) {
      return String.format(Locale.ROOT, "%,.0f/s", published);
    }
    Drain drained = arena.drain(entry, contestant, tally, warmUp + events);
    if (counts) {
      drain.add(entry.name(), drained.perSecond());
      drainWal.add(entry.name(), drained.walBytes());
      writes.add(entry.name(), drained.writes());
    }
    return String.format(Locale.ROOT, "%,.0f/s, %s", published, drained);
  }
}
