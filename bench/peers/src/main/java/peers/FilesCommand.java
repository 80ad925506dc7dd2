package peers;

import commondata.home.Home;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import musiccorp.bench.BenchFile;
import musiccorp.bench.FilesWay;
import musiccorp.bench.Memory;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/**
 * {@code bench/run files}. Each load is a process of its own: memory is told apart, and nobody
 * finds a warm machine. Ours is {@code ./commondata bench files}, with 128 MB of heap; it also
 * measures a raw COPY of good rows.
 */
@Command(
    name = "files",
    description = "Compares the loading of files with its peers.",
    mixinStandardHelpOptions = true)
final class FilesCommand implements Callable<Integer> {

  private static final String OURS = "Commondata";
  private static final String PEER = "Spring Batch";
  private static final String RAW = "raw COPY of good rows";
  private static final String DATABASE = "peers_files";
  private static final double MEGABYTE = 1 << 20;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Rows of a file (default ${DEFAULT-VALUE})")
  private long rows;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds; medians are printed (default ${DEFAULT-VALUE})")
  private int rounds;

  @Option(
      names = "--chunk",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Items a chunk of Spring Batch (default ${DEFAULT-VALUE})")
  private int chunk;

  @Option(
      names = "--format",
      paramLabel = "WAY",
      split = ",",
      description =
          "Files to load: append (CSV), split (CSV, a partition a file), fixed (fixed width, a"
              + " partition a file; default all)")
  private List<FilesWay> ways = List.of(FilesWay.APPEND, FilesWay.SPLIT, FilesWay.FIXED);

  @Option(names = "--json", paramLabel = "FILE", description = "Writes every round there")
  private @Nullable Path json;

  @Option(
      names = "--home",
      paramLabel = "DIR",
      defaultValue = "${sys:peers.home:-target/home}",
      description = "Where the server lives (default: a directory that is removed at the end)")
  private Path home = Path.of("target", "home");

  private final Map<FilesWay, Figures> figures = new EnumMap<>(FilesWay.class);

  /** What is measured of one kind of file. */
  private record Figures(Measure seconds, Measure wal, Measure memory) {}

  @Override
  public Integer call() throws Exception {
    Path file = Files.createTempFile("orders", ".txt");
    try (Server server = new Server(new Home(home))) {
      Report report = new Report(OURS, List.of(PEER), List.of(RAW), List.of());
      // A raw COPY and ours follow each other: a checkpoint in the second would be the first one's.
      server.letTheLogGrow();
      server.describe(report);
      report.setting("rows", rows);
      report.setting("rounds", rounds);
      report.setting("chunk", chunk);
      ways.forEach(way -> figures.put(way, figures(report, way)));
      for (int round = 1; round <= rounds; round++) {
        for (FilesWay way : ways) {
          springBatch(server, file, way, round);
          commondata(server, way);
        }
      }
      System.out.println(report.markdown());
      if (json != null) {
        Files.writeString(json, report.json());
      }
      return 0;
    } finally {
      Files.delete(file);
    }
  }

  private static Figures figures(Report report, FilesWay way) {
    String of =
        switch (way) {
          case FIXED -> "fixed width, a partition a file, ";
          case SPLIT -> "CSV, a partition a file, ";
          default -> "CSV, ";
        };
    return new Figures(
        report.lowerIsBetter(of + "seconds", "%,.2f"),
        report.lowerIsBetter(of + "WAL, MB", "%,.0f"),
        report.lowerIsBetter(of + "peak resident memory, MB", "%,.0f"));
  }

  private Figures of(FilesWay way) {
    return Objects.requireNonNull(figures.get(way));
  }

  private void springBatch(Server server, Path file, FilesWay way, int round) throws Exception {
    long bad = BenchFile.write(file, way, rows, 2L * round, false);
    server.make(
        DATABASE, "/peers/files.sql", "/org/springframework/batch/core/schema-postgresql.sql");
    server.settle();
    Place place = server.place(DATABASE, Server.OWNER);
    long walBefore = server.walBytes();
    JsonNode result =
        Child.run(
            "512m",
            Main.class,
            List.of(
                "spring-batch",
                place.url(),
                place.secrets().toString(),
                file.toString(),
                way.name(),
                Integer.toString(chunk)));
    double wal = (server.walBytes() - walBefore) / MEGABYTE;
    requireAll(PEER, bad, server.count(DATABASE, "reject"));
    requireAll(PEER, rows - bad, server.count(DATABASE, "customer_order"));
    server.drop(DATABASE);
    of(way).seconds.add(PEER, result.get("seconds").asDouble());
    of(way).wal.add(PEER, wal);
    of(way).memory.add(PEER, result.get("peakResidentBytes").asDouble() / MEGABYTE);
    System.err.printf("%s, round %d, %s: %s%n", way, round, PEER, result);
  }

  private void commondata(Server server, FilesWay way) throws Exception {
    server.settle();
    JsonNode result =
        Child.run(
            "128m",
            musiccorp.cli.Main.class,
            List.of(
                "bench",
                "files",
                "--json",
                "--home=" + home.toAbsolutePath(),
                "--way=" + way.name().toLowerCase(Locale.ROOT),
                "--rows=" + rows,
                "--rounds=1"));
    requireAll(OURS, result.get("rejectsExpected").asLong(), result.get("rejects").asLong());
    of(way).seconds.add(OURS, result.get("seconds").asDouble());
    of(way).wal.add(OURS, result.get("walBytes").asDouble() / MEGABYTE);
    of(way).memory.add(OURS, result.get("peakResidentBytes").asDouble() / MEGABYTE);
    of(way).seconds.add(RAW, result.get("rawSeconds").asDouble());
    of(way).wal.add(RAW, result.get("rawWalBytes").asDouble() / MEGABYTE);
    System.err.printf("%s, %s: %s%n", way, OURS, result);
  }

  private static void requireAll(String who, long expected, long found) {
    if (expected != found) {
      throw new IllegalStateException("%s: %d rows, not %d".formatted(who, found, expected));
    }
  }

  /** One load by Spring Batch, in a process of its own. */
  @Command(name = "spring-batch", hidden = true)
  static final class SpringBatchLoad implements Callable<Integer> {

    @Parameters private List<String> parameters = List.of();

    @Override
    public Integer call() throws Exception {
      Place place = new Place(parameters.get(0), Server.OWNER, Path.of(parameters.get(1)));
      SpringBatch batch = new SpringBatch(place, Integer.parseInt(parameters.get(4)));
      double seconds = batch.load(Path.of(parameters.get(2)), parameters.get(3).equals("FIXED"));
      System.out.println(Json.pretty(new Load(seconds, Memory.peakResidentBytes())));
      return 0;
    }

    /** What is told to the process that started this one. */
    record Load(double seconds, long peakResidentBytes) {}
  }
}
