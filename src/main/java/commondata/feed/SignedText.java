package commondata.feed;

import org.jspecify.annotations.Nullable;

/** Numbers whose sign does not stand where it usually does. */
final class SignedText {

  private static final String POSITIVE = "{ABCDEFGHI";
  private static final String NEGATIVE = "}JKLMNOPQR";

  private SignedText() {}

  /** The number with a minus before its digits, or nothing; null if it is not written so. */
  static @Nullable String usual(String value, Column.Sign sign) {
    int last = value.length() - 1;
    return switch (sign) {
      case MINUS -> value;
      case LEADING -> signed(value.charAt(0), value, 1, value.length());
      case TRAILING -> signed(value.charAt(last), value, 0, last);
      case OVERPUNCH -> overpunched(value, last);
    };
  }

  /** Digits from one place to another, if the sign is one; else the whole, which must be digits. */
  private static @Nullable String signed(char sign, String value, int from, int to) {
    boolean hasSign = sign == '-' || sign == '+';
    String digits = hasSign ? value.substring(from, to) : value;
    if (digits.isEmpty() || digits.charAt(0) == '-') {
      return null;
    }
    return sign == '-' ? "-" + digits : digits;
  }

  private static @Nullable String overpunched(String value, int last) {
    char sign = value.charAt(last);
    String before = value.substring(0, last);
    if (value.charAt(0) == '-') {
      return null;
    }
    if (POSITIVE.indexOf(sign) >= 0) {
      return before + POSITIVE.indexOf(sign);
    }
    return NEGATIVE.indexOf(sign) >= 0 ? "-" + before + NEGATIVE.indexOf(sign) : value;
  }
}
