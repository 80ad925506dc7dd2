package commondata.feed;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Files of one feed that came to their end long ago: archived ones by the day of their directory,
 * rejected ones by the time of the reason beside them. Directories that are links are not entered,
 * and of a link in them the link itself goes; so nothing outside the feed's directory is touched.
 */
final class OldFiles {

  private static final Pattern ARCHIVED = Pattern.compile("([0-9]{1,18})-.+", Pattern.DOTALL);
  private static final Pattern NUMBER = Pattern.compile("[0-9]{2,4}");
  private static final String REASON = ".reason.txt";

  /**
   * A file that may go.
   *
   * @param id its row in the ledger; 0: it has none
   */
  record Old(Path path, long id) {}

  private final Path root;

  /**
   * @param root directory of the feed
   */
  OldFiles(Path root) {
    this.root = root;
  }

  /** Those that came to their end before a day. */
  List<Old> before(LocalDate day) throws IOException {
    List<Old> found = new ArrayList<>();
    for (Path year : numbered(root.resolve("archive"))) {
      for (Path month : numbered(year)) {
        for (Path dayOfMonth : numbered(month)) {
          if (dateOf(year, month, dayOfMonth).isBefore(day)) {
            list(dayOfMonth).stream()
                .filter(path -> idOf(path) > 0)
                .forEach(path -> add(path, found));
          }
        }
      }
    }
    Instant from = day.atStartOfDay(ZoneOffset.UTC).toInstant();
    for (Path reason : list(root.resolve("rejected"))) {
      String name = DropDirectory.name(reason);
      if (name.endsWith(REASON) && changedAt(reason).isBefore(from)) {
        Path rejected = reason.resolveSibling(name.substring(0, name.length() - REASON.length()));
        if (!isDirectory(rejected)) {
          add(rejected, found);
          add(reason, found);
        }
      }
    }
    return found;
  }

  private static void add(Path path, List<Old> found) {
    found.add(new Old(path, idOf(path)));
  }

  private static long idOf(Path path) {
    Matcher archived = ARCHIVED.matcher(DropDirectory.name(path));
    return archived.matches() ? Long.parseLong(archived.group(1)) : 0;
  }

  /** Removes one, and directories that it leaves empty. */
  void remove(Old old) throws IOException {
    Files.deleteIfExists(old.path());
    Path archive = root.resolve("archive");
    Path directory = old.path().getParent();
    while (directory != null && directory.startsWith(archive) && !directory.equals(archive)) {
      try {
        Files.deleteIfExists(directory);
      } catch (DirectoryNotEmptyException e) {
        // Others of that day are still there.
        return;
      }
      directory = directory.getParent();
    }
  }

  private static LocalDate dateOf(Path year, Path month, Path day) {
    try {
      return LocalDate.of(numberOf(year), numberOf(month), numberOf(day));
    } catch (DateTimeException e) {
      // Not one of ours.
      return LocalDate.MAX;
    }
  }

  private static int numberOf(Path directory) {
    return Integer.parseInt(DropDirectory.name(directory));
  }

  private static List<Path> numbered(Path directory) throws IOException {
    return list(directory).stream()
        .filter(path -> NUMBER.matcher(DropDirectory.name(path)).matches() && isDirectory(path))
        .toList();
  }

  private static List<Path> list(Path directory) throws IOException {
    if (!isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList();
    }
  }

  private static boolean isDirectory(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static Instant changedAt(Path path) throws IOException {
    return Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).toInstant();
  }
}
