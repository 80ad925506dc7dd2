package docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs what the README says, as it says it, in a home that is empty at first. */
final class DocsIT {

  private static final int MINUTES_MAX = 8;

  @Test
  void theReadmesCommandsDoWhatItSays(@TempDir Path home) throws Exception {
    for (Markdown.Example example : Markdown.read("README.md").examples()) {
      String output = "";
      for (String command : example.commands()) {
        output = run(command, home);
      }
      // Figures and times differ from run to run; what a line is about does not.
      assertThat(firstWords(output.lines().toList()))
          .as("what %s prints:%n%s", example.commands(), output)
          .containsAll(firstWords(example.output()));
    }
  }

  private static String run(String command, Path home) throws IOException, InterruptedException {
    Path output = home.resolveSibling(home.getFileName() + ".out");
    Path errors = home.resolveSibling(home.getFileName() + ".err");
    ProcessBuilder shell =
        new ProcessBuilder("sh", "-c", command)
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile());
    shell.environment().put("COMMONDATA_HOME", home.toString());
    Process process = shell.start();
    boolean ended = process.waitFor(MINUTES_MAX, TimeUnit.MINUTES);
    if (!ended) {
      process.destroy();
    }
    assertThat(ended && process.exitValue() == 0)
        .as("%s: %s", command, Files.readString(errors))
        .isTrue();
    return Files.readString(output);
  }

  /** First words that are names: no figures, no times, no dots for what was left out. */
  private static Set<String> firstWords(List<String> lines) {
    return lines.stream()
        .map(line -> line.strip().replaceFirst("[\\s:].*", ""))
        .filter(word -> word.matches("[A-Za-z][A-Za-z_-]*"))
        .collect(Collectors.toSet());
  }
}
