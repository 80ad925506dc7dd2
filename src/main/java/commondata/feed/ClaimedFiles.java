package commondata.feed;

import commondata.fault.FaultPoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of one feed that are taken and not done, each in its place: {@code claimed/<file
 * id>/<name>}.
 *
 * <p>The rename of a file replaces what lies there; that of a directory fails unless the other is
 * empty. So a file is renamed into a directory that nobody else has, {@code claimed/<file
 * id>.<any>}, and the directory to its place: no file gets lost under another. Of a node that dies
 * in between, the next one to look does the second step.
 */
final class ClaimedFiles {

  private static final Logger LOG = LoggerFactory.getLogger(ClaimedFiles.class);

  private static final Pattern PLACE = Pattern.compile("([0-9]{1,18})(\\..+)?");

  private final Path directory;
  private final Path incoming;
  private final RejectedFiles rejected;
  private final Set<Path> stuck = ConcurrentHashMap.newKeySet();

  ClaimedFiles(Path directory, Path incoming, RejectedFiles rejected) {
    this.directory = directory;
    this.incoming = incoming;
    this.rejected = rejected;
  }

  /** Ids of the rows that have a place here. What is not in its place yet is brought there. */
  SortedSet<Long> ids() {
    SortedSet<Long> ids = new TreeSet<>();
    for (Path path : DropDirectory.list(directory)) {
      Matcher place = PLACE.matcher(DropDirectory.name(path));
      if (place.matches()) {
        Long id = Long.valueOf(place.group(1));
        if (place.group(2) == null || isPlaced(path, id)) {
          ids.add(id);
        }
      }
    }
    return ids;
  }

  private boolean isPlaced(Path own, long id) {
    boolean isPlaced = false;
    for (Path file : listOrPass(own)) {
      isPlaced |= placeOrPass(file, id) != null;
    }
    return isPlaced;
  }

  /** The file in the place of a row; null if there is none. */
  @Nullable Path file(long id) {
    List<Path> files = listOrPass(place(id));
    return files.isEmpty() ? null : files.get(0);
  }

  /** What is no directory of ours, or can't be read, is told once and keeps no other waiting. */
  private List<Path> listOrPass(Path place) {
    try {
      return DropDirectory.list(place);
    } catch (UncheckedIOException e) {
      if (stuck.add(place)) {
        LOG.warn("\"{}\" is passed over until somebody takes it away: {}", place, e.getCause());
      }
      return List.of();
    }
  }

  /** Whether a file of that name lies in the place of a row. */
  boolean holds(long id, String name) {
    return Files.exists(place(id).resolve(name), LinkOption.NOFOLLOW_LINKS);
  }

  /** What can't be placed is told once. */
  private @Nullable Path placeOrPass(Path file, long id) {
    try {
      return place(file, id);
    } catch (FeedException e) {
      if (stuck.add(file)) {
        LOG.warn("\"{}\" can't be brought to its place: {}", file, e.toString());
      }
      return null;
    }
  }

  /** Moves a waiting file to its place; null if it is gone, or the place is another's. */
  @Nullable Path take(Path file, long id) {
    Path own = directory.resolve(id + "." + UUID.randomUUID());
    Path taken = own.resolve(DropDirectory.name(file));
    try {
      Files.createDirectories(own);
      Files.move(file, taken, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      remove(own);
      return null;
    } catch (IOException e) {
      remove(own);
      throw unmoved(file, taken, e);
    }
    FaultPoint.FILE_TAKEN.reached();
    return place(taken, id);
  }

  private @Nullable Path place(Path file, long id) {
    Path place = place(id);
    try {
      Files.move(file.getParent(), place, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      LOG.debug("another node has brought \"{}\" to its place", file, e);
    } catch (IOException e) {
      if (!isOccupied(id)) {
        throw unmoved(file, place, e);
      }
      putBack(file, id, "a file of its name and content is on its way already");
      return null;
    }
    return place.resolve(DropDirectory.name(file));
  }

  private Path place(long id) {
    return directory.resolve(Long.toString(id));
  }

  /** Whether a file lies in the place of a row. */
  boolean isOccupied(long id) {
    return file(id) != null;
  }

  /** Whether there is a file of a row, in its place or on the way there. */
  boolean contains(long id) {
    if (isOccupied(id)) {
      return true;
    }
    // Brings what is on the way to its place; if another node did it meanwhile, it is there, too.
    ids();
    return isOccupied(id);
  }

  /** Whether a file that was claimed is neither where it came nor here. */
  boolean isGone(long id, String name) {
    return !Files.exists(incoming.resolve(name), LinkOption.NOFOLLOW_LINKS) && !contains(id);
  }

  /** Removes the place of a file that never came there. */
  void removeEmpty(long id) {
    remove(place(id));
  }

  /** Removes places that nodes which died have left empty since then. */
  void sweep(Instant until) {
    for (Path path : DropDirectory.list(directory)) {
      if (PLACE.matcher(DropDirectory.name(path)).matches() && isOlder(path, until)) {
        remove(path);
      }
    }
  }

  private static boolean isOlder(Path path, Instant until) {
    try {
      return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
          && Files.getLastModifiedTime(path).toInstant().isBefore(until);
    } catch (IOException e) {
      // Another node was faster.
      return false;
    }
  }

  private static void remove(Path empty) {
    try {
      Files.deleteIfExists(empty);
    } catch (IOException e) {
      LOG.debug("\"{}\" is used again or can't be removed", empty, e);
    }
  }

  /** Moves a file away from here, and removes its place. */
  Path leave(Path file, Path target) {
    try {
      Files.createDirectories(target.getParent());
      Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
      Files.deleteIfExists(file.getParent());
      return target;
    } catch (NoSuchFileException e) {
      // Another node has settled it in the meantime: the state in the ledger says to what end.
      return target;
    } catch (IOException e) {
      throw unmoved(file, target, e);
    }
  }

  /**
   * Lets a file be claimed anew. It is refused if another has its name now.
   *
   * @param why what happened to it, for whoever handed it in
   */
  Path putBack(Path file, long id, String why) {
    Path back = putBack(file);
    return back == null
        ? refuse(
            file,
            id,
            "%s, and another file of its name has come since; hand this one in again under another name"
                .formatted(why))
        : back;
  }

  private Path refuse(Path file, long id, String why) {
    Path target = rejected.newPlace(id + "-" + DropDirectory.name(file), why);
    try {
      return leave(file, target);
    } catch (FeedException e) {
      rejected.giveUp(target);
      throw e;
    }
  }

  /**
   * Null if another file has its name now. A rename would take the place of one that comes in this
   * moment; a second name, given first, does not.
   */
  private @Nullable Path putBack(Path file) {
    Path target = incoming.resolve(DropDirectory.name(file));
    try {
      Files.createLink(target, file);
    } catch (FileAlreadyExistsException e) {
      if (!DropDirectory.isSame(target, file)) {
        return null;
      }
      // It has its second name already, given by a node that died or is about to go on.
    } catch (NoSuchFileException e) {
      // Another node has put it back.
      return target;
    } catch (UnsupportedOperationException | IOException e) {
      LOG.debug("\"{}\" gets no second name, so it is renamed", file, e);
      return Files.exists(target, LinkOption.NOFOLLOW_LINKS) ? null : leave(file, target);
    }
    try {
      Files.deleteIfExists(file);
      Files.deleteIfExists(file.getParent());
      return target;
    } catch (IOException e) {
      throw new FeedException("\"%s\" can't be removed".formatted(file), e);
    }
  }

  /** Whether a waiting file has its second name because {@link #putBack} removes the first. */
  boolean isBeingPutBack(Path waiting) {
    return DropDirectory.list(directory).stream()
        .map(place -> place.resolve(DropDirectory.name(waiting)))
        .anyMatch(claimed -> DropDirectory.isSame(claimed, waiting));
  }

  private static FeedException unmoved(Path from, Path to, IOException e) {
    return new FeedException("\"%s\" can't be moved to \"%s\"".formatted(from, to), e);
  }
}
