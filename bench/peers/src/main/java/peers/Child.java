package peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A Java process of its own, so that what it needs of memory can be told. */
final class Child {

  private Child() {}

  /** Runs a main class to its end; returns the JSON that it printed. */
  static JsonNode run(String heap, Class<?> main, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(command(heap, main));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException("%s ended with %s".formatted(command, process.exitValue()));
    }
    return Json.tree(output);
  }

  /** The beginning of the command line that runs a main class. */
  static List<String> command(String heap, Class<?> main) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx" + heap,
        "-cp",
        System.getProperty("java.class.path"),
        main.getName());
  }
}
