package musiccorp.cli;

import commondata.operate.FileEntry;
import commondata.operate.Operate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Files of a feed that must end before another one is taken: it has no row as long as one of its
 * content, or of its name, is on its way.
 */
final class FilesAhead {

  private static final int FILES_MAX = 1_000;

  private final List<FileEntry> unended;

  FilesAhead(Operate operate, String feed) {
    this.unended =
        Stream.of("CLAIMED", "HELD")
            .flatMap(state -> operate.files(feed, state, FILES_MAX).stream())
            .toList();
  }

  /** The one that a file waits for; this is read only where one of its size may be the same. */
  Optional<FileEntry> of(Path file) throws IOException {
    long size = Files.size(file);
    boolean mayBeSame = unended.stream().anyMatch(each -> each.sizeBytes() == size);
    return of(String.valueOf(file.getFileName()), mayBeSame ? HandIn.sha256(file) : "");
  }

  /** As above, of a file whose hash is known. */
  Optional<FileEntry> of(String name, String sha256) {
    return unended.stream()
        .filter(
            each ->
                each.sha256().equals(sha256)
                    || (each.name().equals(name) && each.state().equals("CLAIMED")))
        .findFirst();
  }
}
