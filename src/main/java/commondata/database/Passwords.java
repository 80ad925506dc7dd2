package commondata.database;

/** Where the password of a login comes from: a file or the environment, never a command line. */
@FunctionalInterface
public interface Passwords {

  /**
   * Returns the password of {@code login}, read anew at each call so that a rotated one is seen.
   *
   * @throws IllegalStateException if there is none; the message says where it was looked for
   */
  String of(String login);
}
