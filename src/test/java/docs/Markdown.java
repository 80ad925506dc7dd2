package docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What tests want to know of a document. */
record Markdown(Path path, String text) {

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(#[^)]*)?\\)");

  /** Commands, and the output that is shown for them; empty if none is. */
  record Example(List<String> commands, List<String> output) {}

  static Markdown read(String path) {
    try {
      return new Markdown(Path.of(path), Files.readString(Path.of(path)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every document of the repository. */
  static List<Markdown> all() {
    List<Markdown> documents = new ArrayList<>();
    for (String start : List.of(".", "docs", "batch-jobs")) {
      int depth = start.equals(".") ? 1 : 10;
      try (Stream<Path> files = Files.walk(Path.of(start), depth)) {
        files
            .filter(file -> file.toString().endsWith(".md"))
            .sorted()
            .forEach(file -> documents.add(read(file.normalize().toString())));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return documents;
  }

  /** Targets of links within the repository. */
  List<String> localLinks() {
    return LINK.matcher(text)
        .results()
        .map(found -> found.group(1))
        .filter(target -> !target.contains(":"))
        .toList();
  }

  /** Blocks marked "sh run", each with the "text" block that follows before the next one. */
  List<Example> examples() {
    List<Example> examples = new ArrayList<>();
    List<String> block = null;
    for (String line : text.lines().toList()) {
      if (block != null) {
        if (line.equals("```")) {
          block = null;
        } else {
          block.add(line);
        }
      } else if (line.equals("```sh run")) {
        examples.add(new Example(new ArrayList<>(), new ArrayList<>()));
        block = examples.get(examples.size() - 1).commands();
      } else if (line.equals("```text") && !examples.isEmpty()) {
        block = examples.get(examples.size() - 1).output();
      }
    }
    return examples;
  }
}
