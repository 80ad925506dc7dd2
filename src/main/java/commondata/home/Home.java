package commondata.home;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The directory that holds all state of an installation: database, drop directory, passwords, logs.
 * Two homes never meet. Everything in it is readable by its owner only.
 *
 * @param path absolute and normalized
 */
public record Home(Path path) {

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  public Home {
    path = path.toAbsolutePath().normalize();
  }

  /**
   * The home to use: the one given, else {@code $COMMONDATA_HOME}, else {@code .commondata} in the
   * project's directory.
   */
  public static Home locate(@Nullable Path given, Map<String, String> environment, Path project) {
    if (given != null) {
      return new Home(given);
    }
    String named = environment.getOrDefault("COMMONDATA_HOME", "");
    return new Home(named.isBlank() ? project.resolve(".commondata") : Path.of(named));
  }

  /** Files that come and go: a directory a feed. */
  public Path drop() {
    return path.resolve("drop");
  }

  /** The embedded server: its programs, its data, its locks. */
  public Path postgres() {
    return path.resolve("postgres");
  }

  /** Generated passwords: a file a login. */
  public Path secrets() {
    return path.resolve("secrets");
  }

  public Path logs() {
    return path.resolve("logs");
  }

  /**
   * Makes the directories that are missing.
   *
   * @throws SetupException if that fails
   */
  public Home create() {
    for (Path directory : new Path[] {path, drop(), postgres(), secrets(), logs()}) {
      createPrivate(directory);
    }
    return this;
  }

  /**
   * Makes a directory that only its owner may enter; one that is there keeps its permissions.
   *
   * @throws SetupException if that fails
   */
  public static void createPrivate(Path directory) {
    try {
      Path parent = directory.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.createDirectory(directory, ownerOnly(directory));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw new SetupException(
            "\"%s\" must be a directory, but is a file. Move it away, or choose another --home."
                .formatted(directory),
            e);
      }
    } catch (IOException e) {
      throw new SetupException(
          "Directory \"%s\" can't be made: %s. Choose another --home, or correct its permissions."
              .formatted(directory, reason(e)),
          e);
    }
  }

  private static FileAttribute<?>[] ownerOnly(Path directory) {
    boolean posix =
        FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
            && directory.getFileSystem() == FileSystems.getDefault();
    return posix
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
        : new FileAttribute<?>[0];
  }

  /** Free bytes on the file system of this home, which must exist. */
  public long freeBytes() {
    try {
      return Files.getFileStore(path).getUsableSpace();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String reason(IOException e) {
    return e instanceof java.nio.file.AccessDeniedException
        ? "permission denied"
        : String.valueOf(e.getMessage());
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
