package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Messages say what to type next: it must be there. */
final class NamedCommandsTest {

  private static final Pattern NAMED =
      Pattern.compile("\\./commondata ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?");

  @Test
  void everyCommandNamedInTheSourceExists() throws IOException {
    List<String> named = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (Path file : sources()) {
      Matcher found = NAMED.matcher(Files.readString(file));
      while (found.find()) {
        named.add(found.group());
        if (!exists(found.group(1), found.group(2))) {
          unknown.add("%s: %s".formatted(file, found.group()));
        }
      }
    }

    assertThat(named).contains("./commondata payment held").hasSizeGreaterThan(50);
    assertThat(unknown).isEmpty();
  }

  private static List<Path> sources() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String root : List.of("src/main/java", "db", "batch-jobs", "sql-services")) {
      try (Stream<Path> found = Files.walk(Path.of(root))) {
        found.filter(file -> file.toString().matches(".*\\.(java|sql|yaml)")).forEach(files::add);
      }
    }
    return files;
  }

  /** A word behind a command without commands of its own is an argument, or prose. */
  private static boolean exists(String command, @org.jspecify.annotations.Nullable String below) {
    CommandLine line = Main.tree().getSubcommands().get(command);
    return line != null
        && (below == null
            || !(line.getCommand() instanceof GroupCommand)
            || line.getSubcommands().containsKey(below));
  }
}
