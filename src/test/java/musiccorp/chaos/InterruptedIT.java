package musiccorp.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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

  @TempDir private Path directory = Path.of("");

  @Test
  void leavesNothingBehind() throws Exception {
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
    List<String> afterwards = new ArrayList<>();
    try (BufferedReader said =
        new BufferedReader(new InputStreamReader(run.getErrorStream(), StandardCharsets.UTF_8))) {
      awaitRound(said);
      processes.addAll(run.descendants().toList());
      assertThat(processes).as("nodes").hasSize(Rig.NODES);
      processes.add(server());
      new ProcessBuilder("kill", "-INT", Long.toString(run.pid())).start().waitFor();
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        afterwards.add(line);
      }
    }

    assertThat(run.waitFor(MINUTES_MAX, TimeUnit.MINUTES)).isTrue();
    assertThat(run.exitValue()).isEqualTo(130);
    assertThat(afterwards).last().asString().startsWith("Interrupted: no verdict on seed ");
    assertThat(afterwards).filteredOn(line -> line.startsWith("Interrupted")).hasSize(1);
    // The server is nobody's child: it takes a moment until somebody buries it.
    await().untilAsserted(() -> assertThat(processes).noneMatch(ProcessHandle::isAlive));
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left).isEmpty();
    }
  }

  /** It is nobody's child: its first line in the scratch home says which process it is. */
  private ProcessHandle server() throws IOException {
    try (Stream<Path> scratch = Files.list(directory)) {
      Path file = scratch.findFirst().orElseThrow().resolve("postgres/data/postmaster.pid");
      long pid = Long.parseLong(Files.readAllLines(file).get(0).strip());
      return ProcessHandle.of(pid).orElseThrow();
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
