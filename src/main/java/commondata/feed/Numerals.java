package commondata.feed;

import org.jspecify.annotations.Nullable;

/**
 * How a file writes numbers.
 *
 * @param point what stands before the decimals
 * @param group what may stand before each three digits, or {@link #NO_GROUP}
 */
record Numerals(char point, char group) {

  /** No number has it. */
  static final char NO_GROUP = 0;

  /** With a point, and nothing else. */
  static final Numerals USUAL = new Numerals('.', NO_GROUP);

  private static final int GROUP = 3;

  /**
   * The number with a point before its decimals and no groups; null if its groups are none, or if
   * it has a point where this file has another sign.
   */
  @Nullable String usual(String value) {
    if (equals(USUAL)) {
      return value;
    }
    StringBuilder usual = new StringBuilder(value.length());
    int groups = 0;
    int digits = 0;
    boolean whole = true;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == group) {
        if (!whole || digits > GROUP || !isWhole(groups, digits)) {
          return null;
        }
        groups++;
        digits = 0;
      } else if (c == point && whole && isWhole(groups, digits)) {
        usual.append('.');
        whole = false;
      } else if (c == point || c == '.') {
        return null;
      } else {
        usual.append(c);
        digits += c == '-' ? 0 : 1;
      }
    }
    return whole && !isWhole(groups, digits) ? null : usual.toString();
  }

  /** Whether a number may end with so many digits behind so many signs between groups. */
  private static boolean isWhole(int groups, int digits) {
    return groups == 0 ? digits > 0 : digits == GROUP;
  }
}
