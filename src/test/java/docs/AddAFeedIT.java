package docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Does what docs/how-to/add-a-feed.md says, as somebody does who has nothing but the page. */
final class AddAFeedIT {

  private static final Pattern BLOCK = Pattern.compile("(?s)```(sh run|yaml|sql|text)\n(.*?)```");
  private static final Pattern NAME = Pattern.compile("(?:#|--) (my-jobs/\\S+)\n");
  private static final Duration LONGEST = Duration.ofMinutes(8);

  @TempDir private Path directory = Path.of("");
  private @Nullable Process node;

  @AfterEach
  void stopTheNode() {
    if (node != null) {
      node.destroy();
      node.onExit().join();
    }
  }

  @Test
  void aFeedIsAFolderMadeByItsStepsAlone() throws Exception {
    for (String name : List.of("commondata", "batch-jobs")) {
      Files.createSymbolicLink(directory.resolve(name), Path.of(name).toAbsolutePath());
    }
    List<String> written = new ArrayList<>();
    int shown = 0;
    String output = "";
    Matcher block = BLOCK.matcher(Markdown.read("docs/how-to/add-a-feed.md").text());
    while (block.find()) {
      String text = block.group(2);
      if (!block.group(1).equals("text")) {
        output = block.group(1).equals("sh run") ? run(text) : write(text, written);
      } else if (!output.isEmpty()) {
        assertThat(lines(output)).as(output).containsAll(lines(text));
        shown++;
      }
    }

    assertThat(written).hasSize(6);
    assertThat(shown).isEqualTo(4);
  }

  private static List<String> lines(String text) {
    return text.lines().map(String::strip).toList();
  }

  private String write(String text, List<String> written) throws IOException {
    Matcher name = NAME.matcher(text);
    assertThat(name.lookingAt()).as("begins with where it goes: %s", text).isTrue();
    Path file = directory.resolve(name.group(1));
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.writeString(file, text);
    written.add(name.group(1));
    return "";
  }

  /** Runs a block; the node runs on beside those that follow. */
  private String run(String commands) throws IOException, InterruptedException {
    Path output = directory.resolve("out");
    Path errors = Files.createTempFile(directory, "shell", ".err");
    boolean isNode = commands.contains("commondata up");
    ProcessBuilder shell =
        new ProcessBuilder("sh", "-c", (isNode ? "exec " : "") + commands)
            .directory(directory.toFile())
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile());
    shell.environment().put("COMMONDATA_HOME", directory.resolve("home").toString());
    if (isNode) {
      stopTheNode();
    }
    Process process = shell.start();
    if (isNode) {
      node = process;
      await()
          .atMost(LONGEST)
          .until(() -> Files.readString(errors).contains("up in ") || !process.isAlive());
    } else {
      assertThat(process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)).as(commands).isTrue();
      assertThat(process.exitValue()).as("%s: %s", commands, Files.readString(errors)).isZero();
    }
    return Files.readString(output);
  }
}
