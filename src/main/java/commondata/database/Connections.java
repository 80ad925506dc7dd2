package commondata.database;

import commondata.home.SetupException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Single connections, and plain words for the reasons why there is none. */
public final class Connections {

  private static final String CONNECT_SECONDS = "10";

  private Connections() {}

  /**
   * Opens one connection, apart from any pool. Fails at once where a pool would try for a while.
   *
   * @throws SetupException if the server can't be reached or refuses the login
   */
  public static Connection open(String url, String login, Passwords passwords) {
    try {
      return connect(url, login, passwords.of(login));
    } catch (SQLException e) {
      throw unusable(url, login, e);
    }
  }

  private static SetupException unusable(String url, String login, SQLException e) {
    return explain(url, login, e)
        .orElseGet(
            () ->
                new SetupException(
                    "The database at %s can't be used by \"%s\": %s"
                        .formatted(place(url), login, e.getMessage()),
                    e));
  }

  /**
   * Tries a login; why the server refuses its name or password, if it does.
   *
   * @throws SetupException if the server can't be reached
   */
  public static Optional<SetupException> refusal(String url, String login, Passwords passwords) {
    try {
      connect(url, login, passwords.of(login)).close();
      return Optional.empty();
    } catch (SQLException e) {
      SetupException explained = unusable(url, login, e);
      if (String.valueOf(e.getSQLState()).startsWith("28")) {
        return Optional.of(explained);
      }
      throw explained;
    }
  }

  static Connection connect(String url, String login, String password) throws SQLException {
    Properties properties = properties(login, password);
    properties.setProperty("connectTimeout", CONNECT_SECONDS);
    return DriverManager.getConnection(url, properties);
  }

  /** As {@link #connect}; it also gives up at each answer that takes so long. */
  static Connection connectInHaste(String url, String login, String password, int seconds)
      throws SQLException {
    Properties properties = properties(login, password);
    for (String limit : new String[] {"connectTimeout", "loginTimeout", "socketTimeout"}) {
      properties.setProperty(limit, Integer.toString(seconds));
    }
    return DriverManager.getConnection(url, properties);
  }

  private static Properties properties(String login, String password) {
    Properties properties = new Properties();
    properties.setProperty("user", login);
    properties.setProperty("password", password);
    properties.setProperty("ApplicationName", login);
    return properties;
  }

  /**
   * The reason of {@code error} in a sentence for a person, if it or one of its causes says that
   * the server could not be reached or refused the login.
   */
  public static Optional<SetupException> explain(
      String url, @Nullable String login, Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && sql.getSQLState() != null) {
        String sentence = sentence(url, login == null ? "its login" : login, sql);
        if (sentence != null) {
          return Optional.of(new SetupException(sentence, error));
        }
      }
    }
    return Optional.empty();
  }

  private static @Nullable String sentence(String url, String login, SQLException e) {
    String state = e.getSQLState();
    String place = place(url);
    return switch (state) {
      case "28P01", "28000" ->
          "The database server at %s refuses login \"%s\": %s. Correct its password where this program reads it, or on the server."
              .formatted(place, login, text(e));
      case "3D000" ->
          "The database server at %s has no such database: %s. Make it there: CREATE DATABASE ... OWNER commondata_owner."
              .formatted(place, text(e));
      case "53300" ->
          "The database server at %s has no connection left: %s. Raise its max_connections, or stop other programs."
              .formatted(place, text(e));
      case "57P03" ->
          "The database server at %s is starting or stopping: %s. Try again in a moment."
              .formatted(place, text(e));
      case "57P01", "57P02" ->
          "The database server at %s was stopped while this program worked. What was not committed is undone; start it and try again."
              .formatted(place);
      default -> unreachable(place, e);
    };
  }

  private static @Nullable String unreachable(String place, SQLException e) {
    if (!e.getSQLState().startsWith("08")) {
      return null;
    }
    Throwable cause = e.getCause();
    return "The database server at %s can't be reached: %s. Start it, or correct --db."
        .formatted(
            place, cause == null || cause.getMessage() == null ? text(e) : cause.getMessage());
  }

  private static String text(SQLException e) {
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return message.replaceFirst("^FATAL: ", "").replaceFirst("\\.$", "");
  }

  /** Host, port and database, without parameters, which may hold secrets. */
  static String place(String url) {
    return url.replaceFirst("^jdbc:postgresql:(//)?", "").replaceFirst("\\?.*", "");
  }
}
