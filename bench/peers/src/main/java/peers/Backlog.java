package peers;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import peers.Arena.Drain;
import peers.Contestant.Pace;
import peers.Entry.Kind;

/**
 * A large backlog, made once and copied for each turn, drained one by one, one by one with the
 * writes of a batch sent together, and by a batch handler. Peers take no part: their rate does not
 * rise with the backlog, and a million would take minutes.
 */
final class Backlog extends Scenario {

  private static final String FILLED = "peers_filled_";

  private final long events;

  Backlog(Arena arena, Field field, Report report, long events) {
    super(arena, field, report);
    this.events = events;
  }

  @Override
  void run(int rounds) throws InterruptedException {
    String of = " a second, backlog of %,d, ".formatted(events);
    Measure one = report.higherIsBetter("drained" + of + "one by one", "%,.0f");
    Measure together =
        report.higherIsBetter("drained" + of + "one by one, its writes together", "%,.0f");
    Measure batch = report.higherIsBetter("drained" + of + "batch handler", "%,.0f");
    report.comparesWith("drained a second, handler one by one", one, together, batch);
    List<Entry> ones = field.fillable(Effects.ONE_BY_ONE);
    List<Entry> togethers = field.fillable(Effects.TOGETHER);
    List<Entry> batches = field.fillable(Effects.ONE_STATEMENT);
    List<String> filled = new ArrayList<>();
    try {
      for (Entry entry : ones) {
        fill(entry);
        filled.add(filledOf(entry.kind()));
      }
      warmRounds("backlog, one by one", ones, rounds, (e, counts) -> take(e, one));
      warmRounds("backlog, writes together", togethers, rounds, (e, counts) -> take(e, together));
      warmRounds("backlog, batch", batches, rounds, (e, counts) -> take(e, batch));
    } catch (SQLException e) {
      report.fail("backlog", e);
    } finally {
      filled.forEach(this::drop);
    }
  }

  private static String filledOf(Kind kind) {
    return FILLED + kind.name().toLowerCase(Locale.ROOT);
  }

  private void fill(Entry entry) throws SQLException {
    if (entry.kind() == Kind.LIMIT) {
      return;
    }
    String database = filledOf(entry.kind());
    arena.server().copy(entry.template(), database);
    Contestant.Setting setting =
        new Contestant.Setting(
            arena.server().place(database, entry.login()), Pace.BACKLOG, 1, new Tally());
    try (Contestant contestant = entry.maker().make(setting)) {
      contestant.fill(events);
    } catch (Exception e) {
      throw new SQLException("the backlog of %s can't be made".formatted(entry.name()), e);
    }
    // Else the first who reads a page after the checkpoint would have to log it as a whole.
    arena.server().vacuum(database);
  }

  private void drop(String database) {
    try {
      arena.server().drop(database);
    } catch (SQLException e) {
      report.fail(database, e);
    }
  }

  private String take(Entry entry, Measure measure) throws Exception {
    boolean inMemory = entry.kind() == Kind.LIMIT;
    Entry from = inMemory ? entry : entry.from(filledOf(entry.kind()));
    Drain drained =
        arena.turn(
            from,
            Pace.BACKLOG,
            1,
            (contestant, tally) -> {
              if (inMemory) {
                contestant.fill(events);
              }
              return arena.drain(entry, contestant, tally, events);
            });
    measure.add(entry.name(), drained.perSecond());
    return drained.toString();
  }
}
