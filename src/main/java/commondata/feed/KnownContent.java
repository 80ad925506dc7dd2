package commondata.feed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What is in files, as long as they look the same: a poll that may not take a file yet does not
 * read it again, and one that has loaded a file sees whether it was written to since. Not
 * thread-safe.
 */
final class KnownContent {

  private record Known(DropDirectory.Look look, Digests.Content content) {}

  private final Map<Path, Known> known = new HashMap<>();

  /** Forgets what was in files that are gone. */
  void forgetGone() {
    known.keySet().removeIf(file -> !Files.exists(file, LinkOption.NOFOLLOW_LINKS));
  }

  /** Forgets what was in a file that may be another when it comes back. */
  void forget(Path file) {
    known.remove(file);
  }

  /** Forgets all others. */
  void keepOnly(Set<Path> files) {
    known.keySet().retainAll(files);
  }

  /**
   * Notes what is in a file that was read to its end.
   *
   * @param look what it looked like before it was read
   */
  void note(Path file, DropDirectory.Look look, Digests.Content content) {
    known.put(file, new Known(look, content));
  }

  /** Whether a file has that content still; so has one that is gone, as far as can be told. */
  boolean isStill(Path file, String sha256) throws IOException {
    try {
      return of(file, DropDirectory.Look.at(file)).sha256().equals(sha256);
    } catch (NoSuchFileException e) {
      // Taken away, or settled by another node.
      return true;
    }
  }

  /**
   * The content of a file.
   *
   * @param look what it looked like before this call
   */
  Digests.Content of(Path file, DropDirectory.Look look) throws IOException {
    Known before = known.get(file);
    if (before != null && before.look().equals(look)) {
      return before.content();
    }
    Digests.Content content = Digests.of(file);
    known.put(file, new Known(look, content));
    return content;
  }
}
