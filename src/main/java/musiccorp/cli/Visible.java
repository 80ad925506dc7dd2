package musiccorp.cli;

import java.util.Locale;

/**
 * Text of others as a terminal may have it: what a terminal would obey instead of show, such as ESC
 * or what turns the direction of writing, is written as {@code \x1B} or {@code \u202E}. A backslash
 * stays as it is: this is for reading, JSON is for programs.
 */
final class Visible {

  private Visible() {}

  /** All of it in one line: ends of lines and tabs become visible, too. */
  static String line(String text) {
    if (text.codePoints().noneMatch(Visible::isObeyed)) {
      return text;
    }
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .forEach(
            each -> {
              if (isObeyed(each)) {
                line.append(escape(each));
              } else {
                line.appendCodePoint(each);
              }
            });
    return line.toString();
  }

  private static boolean isObeyed(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }

  private static String escape(int codePoint) {
    return switch (codePoint) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> {
        String form = codePoint > 0xFFFF ? "\\u{%X}" : codePoint > 0xFF ? "\\u%04X" : "\\x%02X";
        yield String.format(Locale.ROOT, form, codePoint);
      }
    };
  }
}
