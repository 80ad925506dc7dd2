package musiccorp.cli;

/** Words of commands that are shown to be copied. */
final class Shell {

  private Shell() {}

  /** Quoted where a shell would not take it as one word, or would obey it. */
  static String word(String text) {
    return text.matches("[A-Za-z0-9_@%+=:,./-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
