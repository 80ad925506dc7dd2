package commondata.feed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories of one feed: {@code incoming}, {@code claimed/<file id>}, {@code
 * archive/yyyy/mm/dd}, {@code rejected}, {@code outgoing} and {@code sent}. Those that a file goes
 * through must lie on one file system, so that a rename is one step: a file is in one place or in
 * the other, whole.
 *
 * <p>A writer writes under a temporary name and renames; temporary names are never taken. Only
 * regular files with a sane name are; anything else that lies in {@code incoming} is moved to
 * {@code rejected} with a word about why, without being opened.
 */
final class DropDirectory {

  private static final Logger LOG = LoggerFactory.getLogger(DropDirectory.class);

  private static final String LINKED = "it has another name, too: a hard link";

  static final String UNFINISHED =
      "its name is of a file that is still being written. Let its writer rename it, or take it away";

  /** A delivery or a snapshot by links removes the second name soon. */
  private static final Duration LINKED_MAX = Duration.ofSeconds(10);

  private final Path root;
  private final ClaimedFiles claimed;
  private final RejectedFiles rejected;
  private final Set<Path> stuck = ConcurrentHashMap.newKeySet();
  private final Map<Path, Instant> linkedSince = new ConcurrentHashMap<>();

  /**
   * What tells one file from another without reading it. A rename changes nothing of it; whoever
   * puts another file in its place, or writes to it, does.
   */
  record Look(String key, long size, FileTime changed) {

    static Look at(Path file) throws IOException {
      BasicFileAttributes now =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return new Look(String.valueOf(now.fileKey()), now.size(), now.lastModifiedTime());
    }
  }

  DropDirectory(Path dropRoot, String feed) {
    this.root = dropRoot.resolve(feed);
    this.rejected = new RejectedFiles(root.resolve("rejected"));
    this.claimed =
        new ClaimedFiles(root.resolve("claimed"), root.resolve("incoming"), this.rejected);
    try {
      for (String name :
          List.of("incoming", "claimed", "archive", "rejected", "outgoing", "sent")) {
        Files.createDirectories(root.resolve(name));
      }
      for (String name : List.of("claimed", "archive", "rejected")) {
        requireOneFileSystem(root.resolve(name), incoming());
      }
      requireOneFileSystem(sent(), outgoing());
    } catch (IOException e) {
      throw new FeedException("drop directory \"" + root + "\" can't be made: " + e, e);
    }
  }

  private static void requireOneFileSystem(Path directory, Path other) throws IOException {
    if (!Files.getFileStore(other).equals(Files.getFileStore(directory))) {
      throw new FeedException(
          "directory \"%s\" lies on another file system than \"%s\": mount one over both"
              .formatted(directory, other),
          new IOException("a file can't be renamed from one to the other"));
    }
  }

  Path root() {
    return root;
  }

  Path incoming() {
    return root.resolve("incoming");
  }

  ClaimedFiles claimed() {
    return claimed;
  }

  Path outgoing() {
    return root.resolve("outgoing");
  }

  /** The same of a feed whose directories may not be there yet. */
  static Path outgoing(Path dropRoot, String feed) {
    return dropRoot.resolve(feed).resolve("outgoing");
  }

  Path sent() {
    return root.resolve("sent");
  }

  /**
   * Files that may be taken, by name; whatever may never be taken is moved out of the way.
   *
   * @param untaken is told what stays there, and why
   */
  List<Path> waiting(Instant now, BiConsumer<Path, String> untaken) {
    List<Path> all = list(incoming());
    linkedSince.keySet().retainAll(all);
    List<Path> files = new ArrayList<>();
    for (Path path : all) {
      String name = name(path);
      if (DropName.isTemporary(name)) {
        if (!DropName.isHidden(name)) {
          untaken.accept(path, UNFINISHED);
        }
        continue;
      }
      String refusal = whyRefused(path, name);
      if (refusal == null) {
        linkedSince.remove(path);
        files.add(path);
      } else if (!refusal.equals(LINKED) || isLinkedForLong(path, now)) {
        refuseOrPass(path, name, refusal, untaken);
      }
    }
    return files;
  }

  /** Who gives a file its name by a link, or puts it back, is about to remove the other one. */
  private boolean isLinkedForLong(Path path, Instant now) {
    PartFile.finish(path);
    Instant since = linkedSince.computeIfAbsent(path, first -> now);
    return !now.isBefore(since.plus(LINKED_MAX))
        && !claimed.isBeingPutBack(path)
        && whyRefused(path, name(path)) != null;
  }

  /**
   * The same files in the order they came: who mends a day sends its file later, under whatever
   * name.
   */
  static List<Path> byArrival(List<Path> files) {
    Map<Path, FileTime> came = new HashMap<>();
    files.forEach(file -> came.put(file, cameAtOrNever(file)));
    return files.stream()
        .sorted(Comparator.<Path, FileTime>comparing(came::get).thenComparing(DropDirectory::name))
        .toList();
  }

  /**
   * When a file came. A rename is a change of the file, not of what is in it, which may have been
   * written before.
   */
  static FileTime cameAt(Path file) throws IOException {
    return isUnix(file)
        ? (FileTime) Files.getAttribute(file, "unix:ctime", LinkOption.NOFOLLOW_LINKS)
        : Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS);
  }

  private static FileTime cameAtOrNever(Path file) {
    try {
      return cameAt(file);
    } catch (IOException e) {
      // Gone or not to be looked at: whoever opens it next will see.
      return FileTime.fromMillis(0);
    }
  }

  /** What can't be moved out of the way stays there, untaken, and is told once. */
  private void refuseOrPass(
      Path path, String name, String refusal, BiConsumer<Path, String> untaken) {
    try {
      refuse(path, name, refusal);
    } catch (FeedException e) {
      untaken.accept(
          path,
          "%s, and it can't be moved away: %s. Take it away".formatted(refusal, e.getMessage()));
      if (stuck.add(path)) {
        LOG.warn(
            "\"{}\" is not taken and can't be moved away ({}): {}", path, refusal, e.toString());
      }
    }
  }

  /**
   * Moves a claimed file to the archive of a day. After a restore of the database numbers are given
   * out again: what lies there under the same one stays.
   */
  Path archive(Path file, long id, LocalDate day, String suffix) {
    Path directory =
        root.resolve("archive")
            .resolve("%04d".formatted(day.getYear()))
            .resolve("%02d".formatted(day.getMonthValue()))
            .resolve("%02d".formatted(day.getDayOfMonth()));
    return claimed.leave(file, free(directory, id + "-" + name(file) + suffix));
  }

  /** The place of that name, or, if something lies there, of one with a number behind it. */
  static Path free(Path directory, String name) {
    Path target = directory.resolve(name);
    for (int n = 2; Files.exists(target, LinkOption.NOFOLLOW_LINKS); n++) {
      target = directory.resolve(name + "-" + n);
    }
    return target;
  }

  /** Moves a claimed file to the refused ones and lays the reason beside it. */
  Path reject(Path file, long id, String reason) {
    return claimed.leave(file, rejected.place(id + "-" + name(file), reason));
  }

  /**
   * Lets a file that is archived or rejected be taken anew, under its old name; null if another has
   * that name now. As when a claimed file is put back, it has both names for a moment.
   */
  @Nullable Path takeBack(Path settled, String name) {
    Path target = incoming().resolve(name);
    try {
      Files.createLink(target, settled);
      Files.delete(settled);
    } catch (FileAlreadyExistsException e) {
      return null;
    } catch (UnsupportedOperationException | IOException e) {
      throw new FeedException("\"%s\" can't be put back".formatted(settled), e);
    }
    rejected.giveUp(settled);
    return target;
  }

  /** Moves a waiting file to the refused ones, with a word about why. */
  void refuse(Path path, String name, String why) {
    String safe = name.replaceAll("[^A-Za-z0-9._-]", "_");
    String cut = safe.substring(0, Math.min(safe.length(), DropName.BYTES_MAX / 2));
    Path target = rejected.newPlace("refused-" + cut, why);
    try {
      Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
      LOG.warn("file \"{}\" is refused, it lies at \"{}\" now: {}", safe, target, why);
    } catch (NoSuchFileException e) {
      // Gone by itself, or another node has refused it.
      rejected.giveUp(target);
    } catch (IOException e) {
      rejected.giveUp(target);
      throw new FeedException("\"%s\" can't be moved to \"%s\"".formatted(path, target), e);
    }
  }

  /** Why what lies there under that name is never taken; null if it may be. */
  static @Nullable String whyRefused(Path path, String name) {
    String why = DropName.whyRefused(name);
    if (why != null) {
      return why;
    }
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!attributes.isRegularFile()) {
        return "it is no regular file: " + kind(attributes);
      }
      return names(path) > 1 ? LINKED : null;
    } catch (IOException e) {
      // Gone or not to be looked at: whoever opens it next will see.
      return null;
    }
  }

  /** Under how many names the file lies on its file system, where that can be told. */
  private static int names(Path path) throws IOException {
    return isUnix(path)
        ? (int) Files.getAttribute(path, "unix:nlink", LinkOption.NOFOLLOW_LINKS)
        : 1;
  }

  private static boolean isUnix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("unix");
  }

  private static String kind(BasicFileAttributes attributes) {
    if (attributes.isSymbolicLink()) {
      return "a symbolic link";
    }
    return attributes.isDirectory() ? "a directory" : "a pipe, socket or device";
  }

  /** Whether two names are of one file. */
  static boolean isSame(Path one, Path other) {
    try {
      return Look.at(one).equals(Look.at(other));
    } catch (IOException e) {
      // One of the names is gone.
      return false;
    }
  }

  static List<Path> list(Path directory) {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entries::add);
    } catch (NoSuchFileException e) {
      // Settled by another node in the meantime.
      return entries;
    } catch (IOException e) {
      throw new UncheckedIOException("directory \"" + directory + "\" can't be listed", e);
    }
    entries.sort(Comparator.comparing(DropDirectory::name));
    return entries;
  }

  static String name(Path path) {
    return String.valueOf(path.getFileName());
  }
}
