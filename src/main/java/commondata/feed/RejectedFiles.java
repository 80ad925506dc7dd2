package commondata.feed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where refused files of a feed lie, each with the reason beside it. */
final class RejectedFiles {

  private static final Logger LOG = LoggerFactory.getLogger(RejectedFiles.class);

  private final Path directory;

  RejectedFiles(Path directory) {
    this.directory = directory;
  }

  /** The place of a file whose name is no other's unless a database was restored. */
  Path place(String name, String reason) {
    Path target = directory.resolve(name);
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return newPlace(name, reason);
    }
    try {
      Files.createDirectories(directory);
      Files.writeString(reasonOf(target), reason + "\n", StandardCharsets.UTF_8);
      return target;
    } catch (IOException e) {
      throw unwritten(target, e);
    }
  }

  /** A place that nobody else gets, with a number behind the name if it is taken. */
  Path newPlace(String name, String reason) {
    Path target = directory.resolve(name);
    for (int n = 2; !isReserved(target, reason); n++) {
      target = directory.resolve(name + "-" + n);
    }
    return target;
  }

  /** Who writes the reason, which nobody has, has the place. */
  private boolean isReserved(Path target, String reason) {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try {
      Files.createDirectories(directory);
      Files.createFile(reasonOf(target));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw unwritten(target, e);
      }
      return false;
    } catch (IOException e) {
      throw unwritten(target, e);
    }
    try {
      Files.writeString(reasonOf(target), reason + "\n", StandardCharsets.UTF_8);
      return true;
    } catch (IOException e) {
      // A full disk has room for names: else each poll would leave an empty reason.
      giveUp(target);
      throw unwritten(target, e);
    }
  }

  /** Gives up a place that no file came to. */
  void giveUp(Path target) {
    try {
      Files.deleteIfExists(reasonOf(target));
    } catch (IOException e) {
      LOG.debug("the reason beside \"{}\" is left over", target, e);
    }
  }

  private static Path reasonOf(Path target) {
    return target.resolveSibling(DropDirectory.name(target) + ".reason.txt");
  }

  private static FeedException unwritten(Path target, IOException e) {
    return new FeedException("the reason can't be written beside \"" + target + "\"", e);
  }
}
