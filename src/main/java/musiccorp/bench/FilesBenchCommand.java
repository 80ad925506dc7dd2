package musiccorp.bench;

import commondata.database.Database;
import commondata.database.Login;
import commondata.feed.FeedPoll;
import commondata.job.JobCatalog;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import musiccorp.cli.CliCommand;
import musiccorp.cli.CliException;
import musiccorp.cli.ExitCode;
import musiccorp.cli.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench files}. */
@Command(
    name = "files",
    description = "Loads an order file: validated, rejects with line and reason, ledger, lineage.")
final class FilesBenchCommand extends CliCommand {

  private static final String JOB = "bench-orders";
  private static final List<String> JOB_FILES =
      List.of("job.yaml", "layout.yaml", "check.sql", "load.sql");

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Rows of the file (default ${DEFAULT-VALUE})")
  private long rows;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds; medians are printed (default ${DEFAULT-VALUE})")
  private int rounds;

  @Override
  public Integer call() throws Exception {
    if (rows < 1000 || rounds < 1) {
      throw new CliException(
          ExitCode.USAGE,
          "--rows %d must be 1000 or more, --rounds %d 1 or more.".formatted(rows, rounds));
    }
    try (Session session = Session.prepare(options());
        BenchDatabase bench = BenchDatabase.make(session)) {
      Path work = Files.createTempDirectory(session.home().path(), "bench-");
      try {
        Result result = measure(bench.database(), work);
        output().object(result, out -> out.print(result.forPeople()));
        return result.rejects() == result.rejectsExpected() ? ExitCode.OK : ExitCode.CHECK_FAILED;
      } finally {
        remove(work);
      }
    }
  }

  private Result measure(Database database, Path work) throws IOException {
    Login login = database.login(OutboxBench.LOGIN);
    copyJob(work.resolve("jobs").resolve(JOB));
    JobCatalog jobs = JobCatalog.of(work.resolve("jobs"));
    FeedPoll feed =
        FeedPoll.of(jobs.find(JOB).orElseThrow(), database, work, "bench", Clock.systemUTC());
    List<Double> seconds = new ArrayList<>();
    List<Double> walBytes = new ArrayList<>();
    long bad = 0;
    for (int round = 1; round <= rounds; round++) {
      Path incoming = Files.createDirectories(work.resolve(JOB).resolve("incoming"));
      Path part = incoming.resolve(".orders.part");
      bad = BenchFile.write(part, rows, round);
      Files.move(part, incoming.resolve("orders-" + round + ".csv"));
      empty(login);
      long walBefore = wal(login);
      long start = System.nanoTime();
      while (feed.pollOnce()) {
        // Until the file has come to its end.
      }
      seconds.add((System.nanoTime() - start) / 1e9);
      walBytes.add((double) (wal(login) - walBefore));
      output().say("round %d of %d: %.2f s".formatted(round, rounds, seconds.get(round - 1)));
    }
    double median = BenchCommand.median(seconds);
    return new Result(
        rows,
        rounds,
        median,
        Math.round(rows / median),
        number(login, REJECTED),
        bad,
        peakResidentBytes(),
        Math.round(BenchCommand.median(walBytes)),
        Settings.of(login));
  }

  private static void copyJob(Path folder) throws IOException {
    Files.createDirectories(folder);
    for (String name : JOB_FILES) {
      String resource = "/bench/jobs/" + JOB + "/" + name;
      try (InputStream in = FilesBenchCommand.class.getResourceAsStream(resource)) {
        Files.copy(Objects.requireNonNull(in, resource), folder.resolve(name));
      }
    }
  }

  private static final String REJECTED =
      """
      SELECT rejected_count
      FROM commondata.file
      WHERE feed = 'bench-orders'
      ORDER BY id DESC
      LIMIT 1
      """;

  private static void empty(Login login) {
    login
        .jdbc()
        .sql(
            """
            TRUNCATE bench.customer_order
            """)
        .update();
  }

  private static long wal(Login login) {
    return number(
        login,
        """
        SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint
        """);
  }

  private static long number(Login login, String sql) {
    return login.jdbc().sql(sql).query(Long.class).single();
  }

  /** Most memory this process ever held, by the kernel; 0 where the kernel does not say. */
  private static long peakResidentBytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst()
          .orElse(0);
    }
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** What is printed. */
  record Result(
      long rows,
      int rounds,
      double seconds,
      long rowsPerSecond,
      long rejects,
      long rejectsExpected,
      long peakResidentBytes,
      long walBytes,
      Settings settings) {

    String forPeople() {
      return """
          rows                          %,12d
          seconds                       %12.2f
          rows a second                 %,12d
          rejects                       %,12d
          peak resident memory          %,12d bytes
          WAL                           %,12d bytes
          %s
          """
          .formatted(rows, seconds, rowsPerSecond, rejects, peakResidentBytes, walBytes, settings);
    }
  }
}
