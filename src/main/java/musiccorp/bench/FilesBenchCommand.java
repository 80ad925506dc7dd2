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

  @Option(
      names = "--way",
      paramLabel = "WAY",
      defaultValue = "append",
      converter = FilesWay.Converter.class,
      description =
          "append (CSV into the table it stays in), split (the same, a partition a file), fixed (as"
              + " split, fixed width) or merge (CSV into a table where half of the rows are already)"
              + " (default ${DEFAULT-VALUE})")
  private FilesWay way = FilesWay.APPEND;

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
    copyJob(work.resolve("jobs").resolve(way.job()));
    JobCatalog jobs = JobCatalog.of(work.resolve("jobs"));
    FeedPoll feed =
        FeedPoll.of(jobs.find(way.job()).orElseThrow(), database, work, "bench", Clock.systemUTC());
    List<Double> seconds = new ArrayList<>();
    List<Double> rawSeconds = new ArrayList<>();
    List<Double> walBytes = new ArrayList<>();
    List<Double> rawWalBytes = new ArrayList<>();
    RawCopy raw = new RawCopy(login, rows, work);
    long bad = 0;
    boolean merges = way == FilesWay.MERGE;
    for (int round = 1; round <= rounds; round++) {
      long walBeforeRaw = wal(login);
      rawSeconds.add(raw.measure(2L * round));
      rawWalBytes.add((double) (wal(login) - walBeforeRaw));
      empty(login);
      if (merges) {
        drop(work, 2L * round - 1, false);
        load(feed);
      }
      bad = drop(work, 2L * round, merges);
      long walBefore = wal(login);
      seconds.add(load(feed));
      walBytes.add((double) (wal(login) - walBefore));
      output()
          .say(
              "round %d of %d: %.2f s, raw COPY %.2f s"
                  .formatted(round, rounds, seconds.get(round - 1), rawSeconds.get(round - 1)));
    }
    double median = BenchCommand.median(seconds);
    return new Result(
        way.label(),
        rows,
        rounds,
        median,
        Math.round(rows / median),
        BenchCommand.median(rawSeconds),
        Math.round(BenchCommand.median(rawWalBytes)),
        number(login, REJECTED),
        bad,
        Memory.peakResidentBytes(),
        Math.round(BenchCommand.median(walBytes)),
        Settings.of(login));
  }

  /** Hands in a file; returns how many of its rows are bad. */
  private long drop(Path work, long seed, boolean known) throws IOException {
    Path incoming = work.resolve(way.job()).resolve("incoming");
    Path part = incoming.resolve(".orders.part");
    long bad = BenchFile.write(part, way, rows, seed, known);
    Files.move(part, incoming.resolve("orders-" + seed + ".txt"));
    return bad;
  }

  /** Polls until the file has come to its end; returns how many seconds that took. */
  private static double load(FeedPoll feed) {
    long start = System.nanoTime();
    boolean worked = true;
    while (worked) {
      worked = feed.pollOnce();
    }
    return (System.nanoTime() - start) / 1e9;
  }

  private void copyJob(Path folder) throws IOException {
    Files.createDirectories(folder);
    for (String name : way.files()) {
      String resource = "/bench/jobs/" + way.job() + "/" + name;
      try (InputStream in = FilesBenchCommand.class.getResourceAsStream(resource)) {
        Files.copy(Objects.requireNonNull(in, resource), folder.resolve(name));
      }
    }
  }

  private static final String REJECTED =
      """
      SELECT rejected_count
      FROM commondata.file
      ORDER BY id DESC
      LIMIT 1
      """;

  private static void empty(Login login) {
    login
        .jdbc()
        .sql(
            """
            TRUNCATE bench.customer_order, bench.split_order, bench.merged_order
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

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** What is printed. */
  record Result(
      String way,
      long rows,
      int rounds,
      double seconds,
      long rowsPerSecond,
      double rawSeconds,
      long rawWalBytes,
      long rejects,
      long rejectsExpected,
      long peakResidentBytes,
      long walBytes,
      Settings settings) {

    String forPeople() {
      return """
          way                           %12s
          rows                          %,12d
          seconds                       %12.2f
          rows a second                 %,12d
          seconds of a raw COPY         %12.2f
          rejects                       %,12d
          peak resident memory          %,12d bytes
          WAL                           %,12d bytes
          WAL of a raw COPY             %,12d bytes
          %s
          """
          .formatted(
              way,
              rows,
              seconds,
              rowsPerSecond,
              rawSeconds,
              rejects,
              peakResidentBytes,
              walBytes,
              rawWalBytes,
              settings);
    }
  }
}
