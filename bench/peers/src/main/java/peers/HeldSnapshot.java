package peers;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import peers.Contestant.Pace;

/**
 * Somebody reads a report for minutes: rows that change leave versions behind that nobody may
 * remove.
 */
final class HeldSnapshot extends Scenario {

  private final long events;

  HeldSnapshot(Arena arena, Field field, Report report, long events) {
    super(arena, field, report);
    this.events = events;
  }

  @Override
  void run(int rounds) throws InterruptedException {
    Measure free = report.higherIsBetter("drained a second, nobody holds a snapshot", "%,.0f");
    Measure held = report.higherIsBetter("drained a second, a reader holds its snapshot", "%,.0f");
    List<Entry> entries = field.forHeldSnapshot();
    warmRounds(
        "held snapshot",
        entries,
        rounds,
        (entry, counts) -> {
          double without = drain(entry, false);
          double with = drain(entry, true);
          free.add(entry.name(), without);
          held.add(entry.name(), with);
          return String.format(Locale.ROOT, "%,.0f/s, held %,.0f/s", without, with);
        });
  }

  private double drain(Entry entry, boolean held) throws Exception {
    return arena.turn(
        entry,
        Pace.BACKLOG,
        1,
        (contestant, tally) -> {
          contestant.fill(events);
          try (Connection reader = arena.connect()) {
            if (held) {
              hold(reader);
            }
            return arena.drain(entry, contestant, tally, events).perSecond();
          }
        });
  }

  private static void hold(Connection reader) throws SQLException {
    reader.setAutoCommit(false);
    reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    try (Statement statement = reader.createStatement()) {
      statement.execute(
          """
          SELECT count(*)
          FROM business
          """);
    }
  }
}
