package commondata.embedded;

import commondata.home.SetupException;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * The server's programs, unpacked once from the archive on the class path. They are unpacked beside
 * their place and moved there whole, so that a crash leaves nothing that looks finished.
 */
final class Binaries {

  /** What the archive of this release holds. */
  static final String MAJOR_VERSION = "18";

  private Binaries() {}

  /** Returns the directory that has {@code bin/}, {@code lib/} and {@code share/}. */
  static Path unpacked(Path postgresDirectory) throws IOException {
    URL archive = archive();
    Path target = postgresDirectory.resolve("server-" + fingerprint(archive));
    if (!Files.isDirectory(target)) {
      Path part = Files.createTempDirectory(postgresDirectory, "unpacking-");
      try {
        unpack(archive, part);
        setMode(part, 0755);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        deleteTree(part);
      }
    }
    return target;
  }

  private static URL archive() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String system = os.contains("mac") ? "darwin" : "linux";
    String arch = System.getProperty("os.arch", "");
    String name =
        "/postgres-%s-%s.txz"
            .formatted(
                system, arch.equals("aarch64") || arch.equals("arm64") ? "arm_64" : "x86_64");
    URL archive = Binaries.class.getResource(name);
    if (archive == null) {
      throw new SetupException(
          "No embedded PostgreSQL for %s on %s (%s is not on the class path). Use a server of your own: --db jdbc:postgresql://host/database."
              .formatted(os, arch, name.substring(1)));
    }
    return archive;
  }

  /** Tells two archives apart without reading them. */
  private static String fingerprint(URL archive) throws IOException {
    URLConnection connection = archive.openConnection();
    connection.setUseCaches(false);
    if (connection instanceof JarURLConnection jar) {
      try (JarFile file = jar.getJarFile()) {
        return Long.toHexString(file.getEntry(jar.getEntryName()).getCrc());
      }
    }
    return Long.toHexString(connection.getContentLengthLong());
  }

  private static void unpack(URL archive, Path target) throws IOException {
    try (InputStream in = archive.openStream();
        TarArchiveInputStream tar = new TarArchiveInputStream(new XZCompressorInputStream(in))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (!entry.getName().endsWith(".a")) {
          unpack(tar, entry, target);
        }
      }
    }
  }

  private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path target)
      throws IOException {
    Path path = target.resolve(entry.getName()).normalize();
    if (!path.startsWith(target)) {
      throw new IOException("entry \"%s\" leaves its archive".formatted(entry.getName()));
    }
    Files.createDirectories(entry.isDirectory() ? path : path.resolve("..").normalize());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
    } else if (entry.isFile()) {
      Files.copy(tar, path);
      setMode(path, entry.getMode());
    }
  }

  private static void setMode(Path path, int mode) throws IOException {
    PosixFilePermission[] byBit = {
      PosixFilePermission.OTHERS_EXECUTE, PosixFilePermission.OTHERS_WRITE,
      PosixFilePermission.OTHERS_READ, PosixFilePermission.GROUP_EXECUTE,
      PosixFilePermission.GROUP_WRITE, PosixFilePermission.GROUP_READ,
      PosixFilePermission.OWNER_EXECUTE, PosixFilePermission.OWNER_WRITE,
      PosixFilePermission.OWNER_READ
    };
    Set<PosixFilePermission> permissions = new HashSet<>();
    for (int bit = 0; bit < byBit.length; bit++) {
      if ((mode >> bit & 1) == 1) {
        permissions.add(byBit[bit]);
      }
    }
    Files.setPosixFilePermissions(path, permissions);
  }

  static void deleteTree(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
