package commondata.database;

import commondata.home.SetupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * Passwords that somebody else manages, for a server of one's own. The password of {@code
 * order_service} is, in this order: {@code $COMMONDATA_PASSWORD_ORDER_SERVICE}, the file named by
 * {@code $COMMONDATA_PASSWORD_ORDER_SERVICE_FILE}, the file {@code order_service} in {@code
 * $COMMONDATA_PASSWORDS_DIR}.
 */
public final class ExternalPasswords implements Passwords {

  private static final String PREFIX = "COMMONDATA_PASSWORD_";
  private static final String DIRECTORY = "COMMONDATA_PASSWORDS_DIR";

  private final Map<String, String> environment;

  public ExternalPasswords(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public String of(String login) {
    String variable = PREFIX + login.toUpperCase(Locale.ROOT);
    String value = environment.getOrDefault(variable, "");
    if (!value.isEmpty()) {
      return value;
    }
    String file = environment.getOrDefault(variable + "_FILE", "");
    if (!file.isEmpty()) {
      return read(login, Path.of(file));
    }
    String directory = environment.getOrDefault(DIRECTORY, "");
    if (!directory.isEmpty()) {
      return read(login, Path.of(directory, login));
    }
    throw new SetupException(
        "No password for login \"%s\". Set %s, or %s_FILE to a file, or %s to a directory with a file \"%s\"."
            .formatted(login, variable, variable, DIRECTORY, login));
  }

  private static String read(String login, Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new SetupException(
          "The password of login \"%s\" can't be read from \"%s\": %s. Correct the path or the file's permissions."
              .formatted(login, file, Files.exists(file) ? e.getMessage() : "no such file"),
          e);
    }
  }
}
