package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A node as {@code ./commondata up} starts it: a process of its own, on an installation. */
final class UpProcess implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Process process;
  private final Path said;

  private UpProcess(Process process, Path said) {
    this.process = process;
    this.said = said;
  }

  static UpProcess start(Installation installation, String services) throws IOException {
    return start(installation, services, 0);
  }

  /** As {@link #start(Installation, String)}, with REST on a port. */
  static UpProcess start(Installation installation, String services, int port) throws IOException {
    Path said = Files.createTempFile(Path.of("target"), "node", ".log");
    ProcessBuilder node =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "up",
            "--home",
            installation.home().toString(),
            "--services",
            services,
            "--port",
            Integer.toString(port));
    return new UpProcess(
        node.redirectErrorStream(true).redirectOutput(said.toFile()).start(), said);
  }

  /** Its clocks run. */
  UpProcess untilUp() {
    untilSaid("up in ");
    return this;
  }

  void untilSaid(String words) {
    untilSaidBehind(0, words);
  }

  /** As {@link #untilSaid}, but what it had said before does not count. */
  void untilSaidBehind(int length, String words) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              assertThat(process.isAlive()).as("the node runs").isTrue();
              return said().indexOf(words, length) >= 0;
            });
  }

  /** What it has said so far, its log included. */
  String said() {
    try {
      return Files.readString(said);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether a receipt's node is this one. */
  boolean is(String node) {
    return node.endsWith("-" + process.pid());
  }

  boolean isAlive() {
    return process.isAlive();
  }

  void signal(String name) throws IOException, InterruptedException {
    assertThat(
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor())
        .as("kill -%s", name)
        .isZero();
  }

  /** Exit code of a node that ends within so many seconds. */
  int exitCodeWithin(long seconds) throws InterruptedException {
    assertThat(process.waitFor(seconds, TimeUnit.SECONDS))
        .as("it ends within %d s; it said: %s", seconds, said())
        .isTrue();
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
