package commondata.feed;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** SHA-256 of files: what a file is known by. */
final class Digests {

  private static final Logger LOG = LoggerFactory.getLogger(Digests.class);
  private static final int BUFFER = 256 * 1024;

  /** After so many bytes it is asked whether the file is still there: some times a second. */
  private static final long ASK_BYTES = 64L * 1024 * 1024;

  /** Hash and size of some bytes. */
  record Content(String sha256, long size) {}

  private Digests() {}

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Hash of a text. */
  static String of(String text) {
    MessageDigest digest = sha256();
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return hex(digest);
  }

  /**
   * Reads a file to its end; a symbolic link is not followed. Nobody needs the hash of a huge file
   * that was taken away meanwhile.
   *
   * @throws NoSuchFileException if there is no such file, or no more
   */
  static Content of(Path file) throws IOException {
    MessageDigest digest = sha256();
    long size = 0;
    long ask = ASK_BYTES;
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = open(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
        size += read;
        if (size >= ask) {
          requireThere(file);
          ask = size + ASK_BYTES;
        }
      }
    }
    return new Content(hex(digest), size);
  }

  private static void requireThere(Path file) throws NoSuchFileException {
    if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new NoSuchFileException(file.toString());
    }
  }

  static InputStream open(Path file) throws IOException {
    return Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
  }

  /** Closes a file that was only read: what goes wrong then has no effect. */
  static void closeQuietly(@Nullable InputStream in) {
    if (in == null) {
      return;
    }
    try {
      in.close();
    } catch (IOException e) {
      LOG.debug("a file that was read can't be closed", e);
    }
  }
}
