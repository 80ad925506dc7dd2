package architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A text file of the repository. */
record SourceFile(String path, String text) {

  private static final List<String> ROOMS =
      List.of("src", "db", "batch-jobs", "sql-services", "docs", "bench");
  private static final List<String> TEXT =
      List.of(".java", ".sql", ".md", ".yaml", ".yml", ".xml", ".json", ".html", ".css", ".js");

  /** All text files that people write here; data files are none. */
  static List<SourceFile> all() {
    List<SourceFile> files = new ArrayList<>();
    for (String room : ROOMS) {
      collect(Path.of(room), Integer.MAX_VALUE, files);
    }
    collect(Path.of(""), 1, files);
    return files;
  }

  private static void collect(Path start, int depth, List<SourceFile> files) {
    if (!Files.isDirectory(Path.of("").resolve(start).toAbsolutePath())) {
      return;
    }
    try (Stream<Path> found =
        Files.walk(start.toString().isEmpty() ? Path.of(".") : start, depth)) {
      found
          .filter(Files::isRegularFile)
          .filter(file -> !file.toString().contains("target/"))
          .filter(file -> TEXT.stream().anyMatch(file.toString()::endsWith))
          .sorted()
          .forEach(file -> files.add(read(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SourceFile read(Path file) {
    try {
      return new SourceFile(file.normalize().toString(), Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> lines() {
    return text.lines().toList();
  }

  boolean is(String ending) {
    return path.endsWith(ending);
  }

  boolean isIn(String room) {
    return path.startsWith(room);
  }

  /** File name without its ending. */
  String baseName() {
    String name = path.substring(path.lastIndexOf('/') + 1);
    return name.contains(".") ? name.substring(0, name.indexOf('.')) : name;
  }

  String directory() {
    return path.contains("/") ? path.substring(0, path.lastIndexOf('/')) : "";
  }

  Finding finding(int line, String what) {
    return new Finding(path, line, what);
  }
}
