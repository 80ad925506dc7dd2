package commondata.embedded;

import commondata.home.Home;
import commondata.home.SetupException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Processes of a server whose main process was killed. A new server may not start beside them: they
 * could still write to its files. Most notice within milliseconds and end; one that computes, or
 * that stands still, does not. Whatever it does, nothing of it is wanted any more: its client is
 * cut off from the server to come, which recovers what is committed. So it is killed after a while.
 *
 * <p>One that waits for its disk goes when the disk answers, and not before, killed or not.
 */
final class Leftovers {

  private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

  private static final Duration NOTICE = Duration.ofSeconds(3);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long PAUSE_MS = 100;

  private final Home home;
  private final long began = System.nanoTime();
  private boolean killed;

  Leftovers(Home home) {
    this.home = home;
  }

  /**
   * Waits a moment, with the start lock held.
   *
   * @throws SetupException if they are still there after a minute
   */
  void await() throws IOException, InterruptedException {
    long waited = System.nanoTime() - began;
    if (waited > PATIENCE.toNanos()) {
      throw new SetupException(
          "The database server of \"%s\" did not start in %d seconds: processes of its last run, which was killed, are still there (pid %s). End them, or wait until their disk answers, and start again; nothing is lost."
              .formatted(home, PATIENCE.toSeconds(), pids(find())));
    }
    if (waited > NOTICE.toNanos() && !killed) {
      List<ProcessHandle> found = find();
      LOG.warn(
          "the database server of \"{}\" was killed, and sessions of it are still at work after {} s; they are killed, too: pid {}",
          home,
          NOTICE.toSeconds(),
          pids(found));
      found.forEach(ProcessHandle::destroyForcibly);
      killed = true;
    }
    Thread.sleep(PAUSE_MS);
  }

  /** Each home has a copy of the server's program of its own: who runs that one is of this home. */
  private List<ProcessHandle> find() throws IOException {
    Path programs = home.postgres().toRealPath();
    return ProcessHandle.allProcesses()
        .filter(
            process ->
                process
                    .info()
                    .command()
                    .map(Path::of)
                    .filter(program -> program.startsWith(programs) && program.endsWith("postgres"))
                    .isPresent())
        .toList();
  }

  private static String pids(List<ProcessHandle> processes) {
    return processes.isEmpty()
        ? "unknown"
        : String.join(", ", processes.stream().map(p -> Long.toString(p.pid())).toList());
  }
}
