package commondata.feed;

import static org.assertj.core.api.Assertions.assertThat;

import commondata.database.Database;
import commondata.fault.FaultPoint;
import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import musiccorp.bench.Memory;
import testkit.TestDatabase;

/**
 * A node as a process of its own, which polls one feed until no file is left. Where it is told to,
 * it says so and stands still: to be killed, or to go on when it is given a line.
 */
final class FeedProcess {

  static final String STANDS = "stands";

  private static final String PEAK = "peak resident bytes: ";
  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final int POOL_SIZE = 8;

  /** The quicker start counts, not the speed. */
  private static final List<String> SMALL = List.of("-Xmx64m", "-XX:TieredStopAtLevel=1");

  private FeedProcess() {}

  /**
   * Starts one; at {@code point} it stands still, the {@code time}-th time it comes there.
   *
   * @param by a command to start it by, and its arguments; may be empty
   */
  static Process start(
      List<String> by, TestDatabase database, Path drop, String job, FaultPoint point, int time)
      throws IOException {
    List<String> command = new ArrayList<>(by);
    command.addAll(java(SMALL));
    command.addAll(arguments(database, drop, job));
    command.addAll(
        List.of(point.name(), Integer.toString(time), Integer.toString(LargeFeed.SLICE_BYTES)));
    return start(command, drop);
  }

  /**
   * Starts one that goes through, as the launcher starts a node in so much memory, in slices as
   * large as in production, by as many workers.
   */
  static Process start(TestDatabase database, Path drop, String job, String heap)
      throws IOException {
    List<String> command =
        new ArrayList<>(java(List.of("-Xmx" + heap, "-XX:ActiveProcessorCount=4")));
    command.addAll(arguments(database, drop, job));
    command.addAll(List.of(FaultPoint.FILE_SETTLED.name(), "0", "0"));
    return start(command, drop);
  }

  private static List<String> arguments(TestDatabase database, Path drop, String job) {
    return List.of(database.url(), database.password(), drop.toString(), job);
  }

  private static List<String> java(List<String> options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            "-cp",
            System.getProperty("java.class.path"),
            FeedProcess.class.getName()));
    return command;
  }

  private static Process start(List<String> command, Path drop) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(drop.resolve("node.log").toFile()));
    builder.environment().put("MALLOC_ARENA_MAX", "2");
    return builder.start();
  }

  /** Waits until one stands still where it was told to. */
  static void awaitStanding(Process node, Path drop) throws IOException {
    assertThat(node.inputReader(StandardCharsets.UTF_8).readLine())
        .as(() -> "the node's log: " + log(drop))
        .isEqualTo(STANDS);
  }

  /** Lets one that stands still go on. */
  static void goOn(Process node) throws IOException {
    node.getOutputStream().write('\n');
    node.getOutputStream().flush();
  }

  /** Waits until one has gone through. */
  static void awaitEnd(Process node, Path drop, Duration longest) throws InterruptedException {
    assertThat(node.waitFor(longest.toSeconds(), TimeUnit.SECONDS)).as(() -> log(drop)).isTrue();
    assertThat(node.exitValue()).as(() -> log(drop)).isZero();
  }

  /** Most memory that one which has gone through ever held, by the kernel; 0: it does not say. */
  static long peakResidentBytes(Process node) {
    return node.inputReader(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith(PEAK))
        .mapToLong(line -> Long.parseLong(line.substring(PEAK.length())))
        .findFirst()
        .orElseThrow();
  }

  private static String log(Path drop) {
    try {
      return Files.readString(drop.resolve("node.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  public static void main(String[] args) throws IOException {
    FaultPoint deadly = FaultPoint.valueOf(args[4]);
    int time = Integer.parseInt(args[5]);
    AtomicInteger times = new AtomicInteger();
    FaultPoint.hook(
        point -> {
          if (point == deadly && times.incrementAndGet() == time) {
            standStill();
          }
        });
    Path drop = Path.of(args[2]);
    try (Database database = new Database(args[0], login -> args[1], POOL_SIZE)) {
      JobDefinition job = JobCatalog.of(drop.resolve("jobs")).find(args[3]).orElseThrow();
      String node = "node-" + ProcessHandle.current().pid();
      Feed feed = Feed.of(job, database.login(job.owner()), drop, node);
      int sliceBytes = Integer.parseInt(args[6]);
      FeedPoll poll =
          new FeedPoll(
              sliceBytes == 0
                  ? feed
                  : feed.withSliceBytes(sliceBytes).withCutLines(LargeFeed.CUT_LINES),
              Clock.systemUTC());
      while (!isEmpty(drop.resolve(args[3]))) {
        if (!poll.pollOnce()) {
          LockSupport.parkNanos(PAUSE.toNanos());
        }
      }
    }
    System.out.println(PEAK + Memory.peakResidentBytes());
  }

  private static void standStill() {
    System.out.println(STANDS);
    System.out.flush();
    try {
      while (System.in.read() != '\n') {
        // Nobody has said yet to go on.
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether no file waits or is claimed. */
  static boolean isEmpty(Path feed) throws IOException {
    for (String directory : List.of("incoming", "claimed")) {
      try (Stream<Path> paths = Files.walk(feed.resolve(directory))) {
        if (paths.anyMatch(Files::isRegularFile)) {
          return false;
        }
      } catch (UncheckedIOException e) {
        // A file went away under the walk: look again.
        return false;
      }
    }
    return true;
  }
}
