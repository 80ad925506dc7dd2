package commondata.feed;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file under the hidden name that it has while it is written: {@code .<name>.<any>.part}, beside
 * the name that it gets. No two writers have the same.
 *
 * <p>A rename would take the place of a file that gets the name in this moment. A second name,
 * given first, does not; then the hidden one is removed. Of a writer that dies in between, whoever
 * looks for files does the second step.
 */
public final class PartFile {

  private static final Logger LOG = LoggerFactory.getLogger(PartFile.class);

  private static final String END = ".part";

  private static final Pattern HIDDEN =
      Pattern.compile("\\.(.+)\\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\\" + END);

  private final Path target;
  private final Path part;

  /**
   * @param target the name that it gets
   */
  public PartFile(Path target) {
    this(target, target.resolveSibling(begin(target) + UUID.randomUUID() + END));
  }

  private PartFile(Path target, Path part) {
    this.target = target;
    this.part = part;
  }

  /** Those that lie in a directory, in the order of their hidden names. */
  static List<PartFile> in(Path directory) {
    List<PartFile> found = new ArrayList<>();
    for (Path path : DropDirectory.list(directory)) {
      Matcher hidden = HIDDEN.matcher(DropDirectory.name(path));
      if (hidden.matches() && Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        found.add(new PartFile(path.resolveSibling(hidden.group(1)), path));
      }
    }
    return found;
  }

  private static String begin(Path target) {
    return "." + target.getFileName() + ".";
  }

  /** The name that it gets. */
  String name() {
    return DropDirectory.name(target);
  }

  /** Where it is written. */
  public Path path() {
    return part;
  }

  /** Gives the whole file its name; false if another file has it, which stays as it is. */
  public boolean place() throws IOException {
    try {
      Files.createLink(target, part);
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (UnsupportedOperationException | IOException e) {
      LOG.debug("\"{}\" gets no second name, so it is renamed", part, e);
      if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
        return false;
      }
      replace();
    }
    remove(part);
    return true;
  }

  /** Gives the whole file its name, in the place of what may have it. */
  public void replace() throws IOException {
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Removes what is not to get its name. */
  public void discard() {
    remove(part);
  }

  /** Removes the hidden name that a file may still have besides its own. */
  static void finish(Path placed) {
    String begin = begin(placed);
    for (Path other : DropDirectory.list(Objects.requireNonNull(placed.getParent()))) {
      String name = DropDirectory.name(other);
      if (name.startsWith(begin) && name.endsWith(END) && DropDirectory.isSame(other, placed)) {
        remove(other);
      }
    }
  }

  private static void remove(Path hidden) {
    try {
      Files.deleteIfExists(hidden);
    } catch (IOException e) {
      // Nobody takes a hidden file; of one that has its own name, the next look removes it.
      LOG.debug("\"{}\" can't be removed", hidden, e);
    }
  }
}
