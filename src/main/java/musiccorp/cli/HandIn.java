package musiccorp.cli;

import commondata.feed.PartFile;
import commondata.job.JobDefinition;
import commondata.job.Ready;
import commondata.job.Source;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Hands a file in as any other writer does: under a hidden name first. If its feed waits for a
 * marker, the hash follows in the same way.
 */
final class HandIn {

  private final Path file;
  private final String feed;
  private final Path incoming;
  private final boolean marked;

  /**
   * @param job that loads it
   * @param drop directory that holds the drop directories of all feeds
   */
  HandIn(Path file, JobDefinition job, Path drop) {
    Source source = job.source();
    if (source == null) {
      throw new IllegalArgumentException("job \"" + job.name() + "\" is no feed");
    }
    this.file = file;
    this.feed = source.feed();
    this.incoming = drop.resolve(feed).resolve("incoming");
    this.marked = source.ready().sign() == Ready.Sign.MARKER;
  }

  /** Hash of a file, in hex. */
  static String sha256(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (var in = Files.newInputStream(file)) {
        byte[] buffer = new byte[1 << 16];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          digest.update(buffer, 0, n);
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Does it; returns where the file lies. */
  Path done() throws IOException {
    String name = String.valueOf(file.getFileName());
    Files.createDirectories(incoming);
    Path target = incoming.resolve(name);
    if (Files.exists(target) || !placed(target)) {
      throw new CliException(
          ExitCode.CHECK_FAILED,
          "\"%s\" waits there already. Why no node has taken it says ./commondata file list --incoming --feed %s"
              .formatted(target, feed));
    }
    if (marked) {
      mark(incoming.resolve(name + ".sha256"), "%s  %s%n".formatted(sha256(file), name));
    }
    return target;
  }

  /** False if another file has the name. */
  private boolean placed(Path target) {
    PartFile part = new PartFile(target);
    try {
      Files.copy(file, part.path());
      force(part.path());
      boolean placed = part.place();
      if (!placed) {
        part.discard();
      }
      return placed;
    } catch (IOException e) {
      part.discard();
      throw unwritten(target, e);
    }
  }

  /** What lies there is an old one: the file beside it is this one. */
  private static void mark(Path marker, String text) {
    PartFile part = new PartFile(marker);
    try {
      Files.writeString(part.path(), text);
      force(part.path());
      part.replace();
    } catch (IOException e) {
      part.discard();
      throw unwritten(marker, e);
    }
  }

  private static void force(Path part) throws IOException {
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  private static CliException unwritten(Path target, IOException e) {
    return new CliException(
        ExitCode.UNAVAILABLE,
        "\"%s\" can't be written: %s.".formatted(target, String.valueOf(e.getMessage())));
  }
}
