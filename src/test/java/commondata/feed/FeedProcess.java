package commondata.feed;

import commondata.database.Database;
import commondata.fault.FaultPoint;
import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import testkit.TestDatabase;

/**
 * A node as a process of its own, which polls one feed until no file is left. Where it is told to,
 * it says so and stands still: to be killed, or to go on when it is given a line.
 */
final class FeedProcess {

  static final String STANDS = "stands";

  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final int POOL_SIZE = 8;

  private FeedProcess() {}

  /** Starts one; at {@code point} it stands still, the {@code time}-th time it comes there. */
  static Process start(TestDatabase database, Path drop, String job, FaultPoint point, int time)
      throws IOException {
    return start(database, drop, job, "64m", LargeFeed.SLICE_BYTES, point.name(), time);
  }

  /** Starts one that goes through, with so much memory, in slices as large as in production. */
  static Process start(TestDatabase database, Path drop, String job, String heap)
      throws IOException {
    return start(database, drop, job, heap, 0, FaultPoint.FILE_SETTLED.name(), 0);
  }

  private static Process start(
      TestDatabase database,
      Path drop,
      String job,
      String heap,
      int sliceBytes,
      String point,
      int time)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                FeedProcess.class.getName(),
                database.url(),
                database.password(),
                drop.toString(),
                job,
                point,
                Integer.toString(time),
                Integer.toString(sliceBytes)));
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.appendTo(drop.resolve("node.log").toFile()))
        .start();
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
