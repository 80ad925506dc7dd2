package musiccorp.chaos;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * One real node, or the program of the SQL services: a process of its own, which says on its output
 * when it is ready.
 */
final class NodeProcess {

  /** Exit code of a node that a fault point has ended, as of one that was killed. */
  static final int HALTED = 137;

  private static final long READY_SECONDS = 90;

  private final String name;
  private final Process process;
  private final Map<String, Long> hits;
  private final CountDownLatch ready = new CountDownLatch(1);

  private NodeProcess(String name, Process process, Map<String, Long> hits) {
    this.name = name;
    this.process = process;
    this.hits = hits;
  }

  /**
   * Starts a process; {@link #awaitReady} says when it works.
   *
   * @param program whose main method is given the name and these arguments
   * @param logs where its errors are written
   * @param hits counts of all processes, by label, to be added to
   */
  static NodeProcess start(
      String name, Class<?> program, Path logs, List<String> arguments, Map<String, Long> hits)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-Xss512k",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:-UsePerfData",
                "-Xshare:auto",
                "-Xlog:disable",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName(),
                name));
    command.addAll(1, sharedClasses());
    command.addAll(arguments);
    Path log = logs.resolve(name + ".log");
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    NodeProcess node = new NodeProcess(name, process, hits);
    Thread reader = new Thread(node::read, "output-" + name);
    reader.setDaemon(true);
    reader.start();
    return node;
  }

  /** The archive of classes that this process was started with: a node starts faster with it. */
  private static List<String> sharedClasses() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("-XX:SharedArchiveFile="))
        .toList();
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.equals(Supervised.READY)) {
          ready.countDown();
        } else if (line.startsWith(Supervised.HIT)) {
          String[] fields = line.split(" ", -1);
          hits.merge(fields[1], Long.valueOf(fields[2]), Long::sum);
        }
      }
    } catch (IOException e) {
      // The process was killed while it wrote a line.
      ready.countDown();
    }
  }

  String name() {
    return name;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Exit code, or -1 while it runs. */
  int exitCode() {
    return process.isAlive() ? -1 : process.exitValue();
  }

  /** Waits until the node works or has ended. */
  void awaitReady() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    while (!ready.await(50, TimeUnit.MILLISECONDS) && process.isAlive()) {
      if (System.nanoTime() > end) {
        throw new ChaosException(
            "node %s was not ready after %d seconds: see its log".formatted(name, READY_SECONDS));
      }
    }
  }

  void signal(String signal) throws IOException, InterruptedException {
    signal(process.pid(), signal);
  }

  /** Sends a signal that Java has no word for to any process. */
  static void signal(long pid, String signal) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
  }

  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** Ends it, whatever it does. */
  void end() {
    process.destroyForcibly().onExit().join();
  }

  /** Asks it to end; returns whether it did within that time. */
  boolean stop(long seconds) throws InterruptedException {
    process.destroy();
    return process.waitFor(seconds, TimeUnit.SECONDS);
  }
}
