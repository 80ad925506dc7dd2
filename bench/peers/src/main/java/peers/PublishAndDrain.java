package peers;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import peers.Contestant.Pace;
import peers.Contestant.Setting;

/**
 * One round of one contestant: a fresh database, eight threads publish, then everything is handled.
 *
 * <p>The clock of a drain starts for peers with their first delivery, so that starting up is not
 * held against them; for us and for what is written by hand it starts before anything is read. It
 * ends for peers with the last delivery, for others when the last transaction is committed.
 */
final class PublishAndDrain {

  static final int PUBLISHERS = 8;

  private static final String DATABASE = "peers_round";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Server server;

  PublishAndDrain(Server server) {
    this.server = server;
  }

  /**
   * What one round came to; NaN where it was not measured.
   *
   * @param writes write transactions a handled event
   * @param lost deliveries that did not take effect
   * @param doubled effects beyond one a delivery
   */
  record Round(
      double publishPerSecond,
      double publishWal,
      double drainPerSecond,
      double drainWal,
      double writes,
      long lost,
      long doubled) {

    /** Nothing was measured. */
    static final Round NONE =
        new Round(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, 0, 0);
  }

  /** Measures {@code events} events, each of them delivered to {@code readers}. */
  Round run(Entry entry, long events, int readers) throws Exception {
    long warmUp = Math.max(100, events / 20);
    return inFreshDatabase(
        entry,
        readers,
        (contestant, tally) -> {
          publish(contestant, 1, warmUp);
          server.settle();
          long walBefore = server.walBytes();
          long start = System.nanoTime();
          publish(contestant, warmUp + 1, warmUp + events);
          double seconds = (System.nanoTime() - start) / 1e9;
          double wal = (server.walBytes() - walBefore) / (double) events;
          Round published =
              new Round(events / seconds, wal, Double.NaN, Double.NaN, Double.NaN, 0, 0);
          return entry.does().drains()
              ? drain(entry, contestant, tally, (warmUp + events) * readers, published)
              : published;
        });
  }

  /** Drains a backlog that was not made one event at a time. */
  Round drainFilled(Entry entry, long events) throws Exception {
    return inFreshDatabase(
        entry,
        1,
        (contestant, tally) -> {
          contestant.fill(events);
          return drain(entry, contestant, tally, events, Round.NONE);
        });
  }

  @FunctionalInterface
  private interface Measurement {
    Round measure(Contestant contestant, Tally tally) throws Exception;
  }

  private Round inFreshDatabase(Entry entry, int readers, Measurement measurement)
      throws Exception {
    server.copy(entry.template(), DATABASE);
    Tally tally = new Tally();
    Setting setting =
        new Setting(server.place(DATABASE, entry.login()), Pace.BACKLOG, readers, tally);
    try (Contestant contestant = entry.maker().make(setting)) {
      return measurement.measure(contestant, tally);
    } catch (LinkageError e) {
      throw new IllegalStateException("a library of %s is missing".formatted(entry.name()), e);
    } finally {
      server.drop(DATABASE);
    }
  }

  private Round drain(
      Entry entry, Contestant contestant, Tally tally, long deliveries, Round published)
      throws Exception {
    long walBefore = server.walBytes();
    long writesBefore = server.writeTransactions();
    long start = System.nanoTime();
    contestant.start();
    boolean complete = tally.await(deliveries, PATIENCE);
    contestant.stop();
    long end = System.nanoTime();
    if (entry.kind() == Entry.Kind.PEER) {
      start = tally.firstNanos();
      end = tally.lastNanos();
    }
    long writes = server.writeTransactions() - writesBefore;
    long wal = server.walBytes() - walBefore;
    long[] effects = effectsOnceCommitted(deliveries);
    return new Round(
        published.publishPerSecond(),
        published.publishWal(),
        complete ? deliveries * 1e9 / (end - start) : Double.NaN,
        wal / (double) deliveries,
        writes / (double) deliveries,
        deliveries - effects[1],
        effects[0] - effects[1]);
  }

  /** A handler counts before its transaction is committed: waits a moment for the last ones. */
  private long[] effectsOnceCommitted(long deliveries) throws SQLException {
    long[] effects = effects();
    for (int n = 0; n < 20 && effects[1] < deliveries; n++) {
      LockSupport.parkNanos(100_000_000);
      effects = effects();
    }
    return effects;
  }

  /** All effects, and the distinct ones. */
  private long[] effects() throws SQLException {
    Place place = server.place(DATABASE, Server.OWNER);
    try (Connection connection =
            DriverManager.getConnection(
                place.url(), place.login(), place.passwords().of(place.login()));
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT
                    coalesce(sum(e.times), 0),
                    count(*)
                FROM (
                    SELECT count(*) AS times
                    FROM effect
                    GROUP BY reader, id
                ) AS e
                """)) {
      rows.next();
      return new long[] {rows.getLong(1), rows.getLong(2)};
    }
  }

  private static void publish(Contestant contestant, long first, long last) throws Exception {
    AtomicLong next = new AtomicLong(first);
    Callable<Void> publisher =
        () -> {
          for (long id = next.getAndIncrement(); id <= last; id = next.getAndIncrement()) {
            contestant.publish(id);
          }
          return null;
        };
    List<Callable<Void>> publishers = new ArrayList<>();
    for (int n = 0; n < PUBLISHERS; n++) {
      publishers.add(publisher);
    }
    ExecutorService threads = Executors.newFixedThreadPool(PUBLISHERS);
    try {
      for (Future<Void> future : threads.invokeAll(publishers)) {
        future.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
