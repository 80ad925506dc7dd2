package musiccorp.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import musiccorp.cli.Main;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C in the midst of a run: one sentence, and nothing of it is left. */
final class InterruptedIT {

  private static final long MINUTES_MAX = 3;

  /** Its bit in a mask of signals. */
  private static final long SIGINT = 1L << 1;

  @TempDir private Path directory = Path.of("");

  /** Who is started in the background of a script is deaf to Ctrl-C, and so are its children. */
  private static boolean isDeaf() throws IOException {
    Path status = Path.of("/proc/self/status");
    return Files.exists(status)
        && Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .map(line -> Long.parseUnsignedLong(line.substring("SigIgn:".length()).strip(), 16))
            .anyMatch(ignored -> (ignored & SIGINT) != 0);
  }

  @Test
  void leavesNothingBehind() throws Exception {
    assumeThat(isDeaf()).as("SIGINT is ignored here").isFalse();
    Process run =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + directory,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "chaos",
                "--no-points",
                "--minutes",
                "5")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<ProcessHandle> processes = new ArrayList<>();
    int port;
    List<String> afterwards = new ArrayList<>();
    try (BufferedReader said =
        new BufferedReader(new InputStreamReader(run.getErrorStream(), StandardCharsets.UTF_8))) {
      awaitRound(said);
      // The round may have killed one already, which is then started anew.
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> run.descendants().toList(), found -> found.size() == Rig.NODES + 1)
          .forEach(processes::add);
      port = serverPort();
      new ProcessBuilder("kill", "-INT", Long.toString(run.pid())).start().waitFor();
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        afterwards.add(line);
      }
    }

    assertThat(run.waitFor(MINUTES_MAX, TimeUnit.MINUTES)).isTrue();
    assertThat(run.exitValue()).isEqualTo(130);
    assertThat(afterwards)
        .last()
        .asString()
        .matches("Interrupted: no verdict on seed \\d+\\. Nothing of the run is left\\.");
    assertThat(afterwards).filteredOn(line -> line.startsWith("Interrupted")).hasSize(1);
    assertThat(processes).noneMatch(InterruptedIT::runs);
    assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
        .as("the server")
        .isInstanceOf(ConnectException.class);
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left).isEmpty();
    }
  }

  /** One that has ended and that nobody has asked for yet counts as alive, but has no command. */
  private static boolean runs(ProcessHandle process) {
    return process.isAlive() && process.info().command().isPresent();
  }

  /** Its fourth line in the scratch home; whether its process is gone, only its parent knows. */
  private int serverPort() throws IOException {
    try (Stream<Path> scratch = Files.list(directory)) {
      Path file = scratch.findFirst().orElseThrow().resolve("postgres/data/postmaster.pid");
      return Integer.parseInt(Files.readAllLines(file).get(3).strip());
    }
  }

  private static void awaitRound(BufferedReader said) throws Exception {
    String line = said.readLine();
    while (line != null && !line.startsWith("round of seed")) {
      line = said.readLine();
    }
    assertThat(line).as("a round has begun").isNotNull();
  }
}
