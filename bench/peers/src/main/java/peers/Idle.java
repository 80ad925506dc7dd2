package peers;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import peers.Contestant.Pace;

/** What it costs when nothing happens: ours with eight subscriptions, peers with one reader. */
final class Idle extends Scenario {

  private static final double TICKS_A_SECOND = 100;
  private static final int READERS = 8;

  private final Duration duration;

  Idle(Arena arena, Field field, Report report, Duration duration) {
    super(arena, field, report);
    this.duration = duration;
  }

  @Override
  void run(int rounds) throws InterruptedException {
    Measure cpu = report.lowerIsBetter("idle: share of a core, client and server, %", "%.2f");
    Measure transactions = report.lowerIsBetter("idle: transactions a second", "%,.1f");
    Measure writes = report.lowerIsBetter("idle: transaction ids used a second", "%,.2f");
    warmRounds(
        "idle",
        field.waiting(Pace.POLL),
        1,
        (entry, counts) ->
            arena.turn(
                entry,
                entry.kind() == Entry.Kind.OURS ? Pace.WOKEN : Pace.POLL,
                entry.kind() == Entry.Kind.OURS ? READERS : 1,
                (contestant, tally) -> {
                  contestant.start();
                  LockSupport.parkNanos(Duration.ofSeconds(4).toNanos());
                  double[] used = use();
                  contestant.stop();
                  cpu.add(entry.name(), used[0] * 100);
                  transactions.add(entry.name(), used[1]);
                  writes.add(entry.name(), used[2]);
                  return "%.4f of a core, %.1f transactions/s, %.2f ids/s"
                      .formatted(used[0], used[1], used[2]);
                }));
  }

  /** Share of a core, transactions a second, transaction ids a second. */
  private double[] use() throws IOException, SQLException {
    try (Connection connection = arena.connect()) {
      Map<Long, Long> ticks = ticks(connection);
      long client = clientNanos();
      long committed = committed(connection);
      long ids = arena.server().writeTransactions();
      LockSupport.parkNanos(duration.toNanos());
      double seconds = duration.toMillis() / 1000.0;
      double server = 0;
      for (Map.Entry<Long, Long> process : ticks(connection).entrySet()) {
        server += process.getValue() - ticks.getOrDefault(process.getKey(), process.getValue());
      }
      return new double[] {
        ((clientNanos() - client) / 1e9 + server / TICKS_A_SECOND) / seconds,
        (committed(connection) - committed) / seconds,
        (arena.server().writeTransactions() - ids) / seconds
      };
    }
  }

  private static long clientNanos() {
    return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
        .getProcessCpuTime();
  }

  /** Clock ticks that the sessions of the database have used, by process; none on other systems. */
  private static Map<Long, Long> ticks(Connection connection) throws SQLException, IOException {
    Map<Long, Long> ticks = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT pid
                FROM pg_stat_activity
                WHERE datname = current_database()
                  AND pid <> pg_backend_pid()
                """)) {
      while (rows.next()) {
        long pid = rows.getLong(1);
        Path stat = Path.of("/proc/" + pid + "/stat");
        if (Files.exists(stat)) {
          String text = Files.readString(stat);
          String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
          ticks.put(pid, Long.parseLong(fields[11]) + Long.parseLong(fields[12]));
        }
      }
    }
    return ticks;
  }

  private static long committed(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          """
          SELECT pg_stat_clear_snapshot()
          """);
      try (ResultSet rows =
          statement.executeQuery(
              """
              SELECT xact_commit + xact_rollback
              FROM pg_stat_database
              WHERE datname = current_database()
              """)) {
        rows.next();
        return rows.getLong(1);
      }
    }
  }
}
