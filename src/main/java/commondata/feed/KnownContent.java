package commondata.feed;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * What is in waiting files, as long as they look the same: a poll that may not take a file yet does
 * not read it again. Not thread-safe.
 */
final class KnownContent {

  private record Known(DropDirectory.Look look, Digests.Content content) {}

  private final Map<Path, Known> known = new HashMap<>();

  /** Forgets all others. */
  void keepOnly(Collection<Path> waiting) {
    known.keySet().retainAll(waiting);
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
