package testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * A drop directory, written as a well-behaved sender writes it: under another name, then renamed.
 */
public final class DropDir {

  private final Path root;

  public DropDir(Path root) {
    this.root = root;
  }

  public Path root() {
    return root;
  }

  /** Drops a text file into a feed's incoming directory. */
  public Path drop(String feed, String name, String content) {
    return drop(feed, name, content.getBytes(StandardCharsets.UTF_8));
  }

  /** Drops bytes into a feed's incoming directory. */
  public Path drop(String feed, String name, byte[] content) {
    Path incoming = root.resolve(feed).resolve("incoming");
    try {
      Files.createDirectories(incoming);
      Path part = Files.write(incoming.resolve("." + name + ".part"), content);
      return Files.move(part, incoming.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Paths of all files under one of a feed's directories, relative to it, sorted. */
  public List<String> names(String feed, String directory) {
    Path start = root.resolve(feed).resolve(directory);
    if (!Files.isDirectory(start)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(start)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> start.relativize(file).toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Content of one file. */
  public String read(String feed, String path) {
    try {
      return Files.readString(root.resolve(feed).resolve(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
