package musiccorp.cli;

import commondata.home.Home;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Java, Maven, and the home with its files. */
final class MachineChecks {

  private static final int OLDEST_JAVA = 17;
  private static final long MEGABYTE = 1L << 20;
  private static final long LITTLE_SPACE = 1024 * MEGABYTE;

  private final Home home;

  MachineChecks(Home home) {
    this.home = home;
  }

  void run(Diagnosis diagnosis) {
    java(diagnosis);
    maven(diagnosis);
    environment(diagnosis);
    if (!Files.exists(home.path())) {
      diagnosis.skip("home", "\"%s\" is not there yet: it is made at first use".formatted(home));
      return;
    }
    try {
      home(diagnosis);
      secrets(diagnosis);
      drop(diagnosis);
    } catch (IOException e) {
      diagnosis.fail("home", "\"%s\" can't be read: %s".formatted(home, e.getMessage()));
    }
  }

  private static void java(Diagnosis diagnosis) {
    String version =
        "%s in %s".formatted(System.getProperty("java.version"), System.getProperty("java.home"));
    diagnosis.require(
        Runtime.version().feature() >= OLDEST_JAVA,
        "java",
        version,
        "%s is too old: install a JDK of version %d or newer".formatted(version, OLDEST_JAVA));
  }

  private static void maven(Diagnosis diagnosis) {
    boolean found =
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "mvn")));
    diagnosis.expect(
        found, "maven", "found", "not on the PATH; only needed to build the program anew");
  }

  private static void environment(Diagnosis diagnosis) {
    List<String> unknown = EnvironmentNames.unknown(System.getenv().keySet());
    diagnosis.expect(
        unknown.isEmpty(), "environment", "no unknown name", EnvironmentNames.sentence(unknown));
  }

  private void home(Diagnosis diagnosis) throws IOException {
    diagnosis.require(
        Files.isWritable(home.path()),
        "home",
        home.toString(),
        "\"%s\" is not writable: correct its permissions".formatted(home));
    boolean closed = isClosed(home.path());
    diagnosis.expect(
        closed,
        "home permissions",
        "for its owner only",
        "others may look into \"%s\": chmod 700".formatted(home));
    long free = home.freeBytes();
    diagnosis.expect(
        free > LITTLE_SPACE,
        "free space",
        "%,d MB".formatted(free / MEGABYTE),
        "only %d MB: the server stops when there is none".formatted(free / MEGABYTE));
  }

  private void secrets(Diagnosis diagnosis) throws IOException {
    if (!Files.isDirectory(home.secrets())) {
      diagnosis.skip("password files", "none yet");
      return;
    }
    try (Stream<Path> files = Files.list(home.secrets())) {
      List<Path> open = files.filter(file -> !isClosed(file)).toList();
      diagnosis.require(
          open.isEmpty(),
          "password files",
          "for their owner only",
          "others may read %s: chmod 600 them, then make new ones".formatted(open));
    }
  }

  private void drop(Diagnosis diagnosis) throws IOException {
    if (!Files.isDirectory(home.drop())) {
      diagnosis.skip("drop directory", "not there yet");
      return;
    }
    FileStore store = Files.getFileStore(home.drop());
    try (Stream<Path> tree = Files.walk(home.drop(), 2)) {
      for (Path directory : tree.filter(Files::isDirectory).toList()) {
        if (!Files.getFileStore(directory).equals(store)) {
          diagnosis.fail(
              "drop directory",
              "\"%s\" is on another file system, so a file can't be renamed into it"
                  .formatted(directory));
          return;
        }
      }
    }
    diagnosis.ok("drop directory", "on one file system: " + home.drop());
  }

  private static boolean isClosed(Path path) {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
      return permissions.stream().noneMatch(p -> p.name().matches("(GROUP|OTHERS)_.*"));
    } catch (IOException | UnsupportedOperationException e) {
      return true;
    }
  }
}
