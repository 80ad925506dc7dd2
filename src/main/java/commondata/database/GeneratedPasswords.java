package commondata.database;

import commondata.home.Home;
import commondata.home.SetupException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * Passwords that nobody has to think of: a file a login, made at random when it is first asked for,
 * readable by its owner only. Several processes at once get the same one.
 */
public final class GeneratedPasswords implements Passwords {

  private static final int RANDOM_BYTES = 24;

  private final Path directory;

  /**
   * @param directory made when it is missing
   */
  public GeneratedPasswords(Path directory) {
    this.directory = directory;
  }

  @Override
  public String of(String login) {
    Home.createPrivate(directory);
    Path file = directory.resolve(login);
    try {
      if (!Files.exists(file)) {
        create(file);
      }
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new SetupException(
          "The password of \"%s\" can't be kept in \"%s\": %s. Correct the permissions of that directory."
              .formatted(login, file, e.getMessage()),
          e);
    }
  }

  /** Written elsewhere and linked to its name: it is there whole or not at all, and once. */
  private void create(Path file) throws IOException {
    Path part = Files.createTempFile(directory, ".", ".part");
    try {
      Files.writeString(part, random() + "\n");
      Files.createLink(file, part);
    } catch (FileAlreadyExistsException e) {
      // Another process was first; its password counts.
    } finally {
      Files.delete(part);
    }
  }

  private static String random() {
    byte[] bytes = new byte[RANDOM_BYTES];
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
