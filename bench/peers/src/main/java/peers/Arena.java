package peers;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import peers.Contestant.Pace;
import peers.Contestant.Setting;

/** Gives each contestant a fresh database for each turn, and holds the watch. */
final class Arena {

  static final String DATABASE = "peers_round";

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Server server;

  Arena(Server server) {
    this.server = server;
  }

  Server server() {
    return server;
  }

  @FunctionalInterface
  interface Turn<T> {
    T take(Contestant contestant, Tally tally) throws Exception;
  }

  /** Lets the contestant do something in a copy of its template. */
  <T> T turn(Entry entry, Pace pace, int readers, Turn<T> turn) throws Exception {
    server.copy(entry.template(), DATABASE);
    server.settle();
    Tally tally = new Tally();
    Setting setting = new Setting(server.place(DATABASE, entry.login()), pace, readers, tally);
    try (Contestant contestant = entry.maker().make(setting)) {
      return turn.take(contestant, tally);
    } catch (LinkageError e) {
      throw new IllegalStateException("a library of %s is missing".formatted(entry.name()), e);
    } finally {
      server.drop(DATABASE);
    }
  }

  /**
   * What came of a drain.
   *
   * @param walBytes a delivery
   * @param writes write transactions a delivery
   */
  record Drain(double perSecond, double walBytes, double writes) {}

  /**
   * Drains so many deliveries.
   *
   * <p>The clock starts for peers with their first delivery, so that starting up is not held
   * against them; for us and for what is written by hand it starts before anything is read. It ends
   * for peers with the last delivery, for others when the last transaction is committed.
   *
   * @throws IllegalStateException if one was lost, or took effect twice
   */
  Drain drain(Entry entry, Contestant contestant, Tally tally, long deliveries) throws Exception {
    long walBefore = server.walBytes();
    long writesBefore = server.writeTransactions();
    long start = System.nanoTime();
    contestant.start();
    tally.await(deliveries, PATIENCE);
    contestant.stop();
    long end = System.nanoTime();
    long writes = server.writeTransactions() - writesBefore;
    long wal = server.walBytes() - walBefore;
    requireEachOnce(deliveries);
    if (entry.kind() == Entry.Kind.PEER) {
      start = tally.firstNanos();
      end = tally.lastNanos();
    }
    return new Drain(
        deliveries * 1e9 / (end - start), wal / (double) deliveries, writes / (double) deliveries);
  }

  /** A handler counts before its transaction is committed: waits a moment for the last ones. */
  private void requireEachOnce(long deliveries) throws SQLException {
    long[] effects = effects();
    for (int n = 0; n < 20 && effects[1] < deliveries; n++) {
      LockSupport.parkNanos(100_000_000);
      effects = effects();
    }
    if (effects[0] != deliveries || effects[1] != deliveries) {
      throw new IllegalStateException(
          "%d deliveries took effect %d times, %d of them took effect at all"
              .formatted(deliveries, effects[0], effects[1]));
    }
  }

  /** All effects, and the distinct ones. */
  private long[] effects() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT coalesce(sum(e.times), 0), count(*)
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

  /** A connection to the database of the turn, as its owner. */
  Connection connect() throws SQLException {
    Place place = server.place(DATABASE, Server.OWNER);
    return DriverManager.getConnection(
        place.url(), place.login(), place.passwords().of(place.login()));
  }
}
