package commondata.feed;

import java.math.BigDecimal;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * Reads integers and decimals as longs scaled by a power of ten, without an object a value. At most
 * 18 digits, so that nothing overflows.
 */
final class NumberField extends Field {

  /** Of a number, with its decimals. */
  static final int DIGITS_MAX = 18;

  private final int scale;
  private final long min;
  private final long max;

  /** Whether a value is written otherwise than the server wants it. */
  private final boolean isShown;

  private long number;
  private boolean read;
  private boolean isTooLong;

  NumberField(Column column, Charset charset) {
    super(column, charset);
    boolean integer = column.type() == Column.Type.INTEGER;
    this.scale = integer ? 0 : column.scale();
    this.min = limit(column.min(), integer ? Integer.MIN_VALUE : -999_999_999_999L);
    this.max = limit(column.max(), integer ? Integer.MAX_VALUE : 999_999_999_999L);
    this.isShown =
        column.impliedPoint()
            || column.sign() != Column.Sign.MINUS
            || !column.numerals().equals(Numerals.USUAL);
    if (min > max) {
      throw new IllegalArgumentException(
          "takes no value: min is %s, max is %s".formatted(shown(min), shown(max)));
    }
  }

  private long limit(@Nullable String text, long otherwise) {
    try {
      return text == null ? otherwise : new BigDecimal(text).movePointRight(scale).longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException(
          "limit %s has more than %d decimals or is no number".formatted(text, scale), e);
    }
  }

  /** The smallest number that it lets through. */
  BigDecimal min() {
    return BigDecimal.valueOf(min, scale);
  }

  /** The largest. */
  BigDecimal max() {
    return BigDecimal.valueOf(max, scale);
  }

  @Override
  void readValue(String value, RecordErrors errors) {
    if (!parse(value) || isTooLong) {
      errors.add(
          column.name(),
          isTooLong ? Code.RANGE : Code.TYPE,
          "expected %s, found %s".formatted(expected(), quoted(value)));
      return;
    }
    read = true;
    if (number < min || number > max) {
      errors.add(
          column.name(),
          Code.RANGE,
          "expected %s to %s, found %s".formatted(shown(min), shown(max), shown(number)));
    }
  }

  private String expected() {
    if (scale == 0) {
      return "an integer of at most %d digits".formatted(DIGITS_MAX);
    }
    String point = column.numerals().point() == '.' ? "point" : "comma";
    return column.impliedPoint()
        ? "at most %d digits, the last %d after the point".formatted(DIGITS_MAX, scale)
        : "a number of at most %d digits, %d after the %s".formatted(DIGITS_MAX, scale, point);
  }

  /** False if it is no number; one that has too many digits is, and is not kept. */
  private boolean parse(String value) {
    isTooLong = false;
    if (!isShown) {
      return parseSigned(value);
    }
    String signed = SignedText.usual(value, column.sign());
    String usual = signed == null ? null : column.numerals().usual(signed);
    return usual != null && parseSigned(usual);
  }

  private boolean parseSigned(String value) {
    boolean negative = value.charAt(0) == '-';
    long parsed = 0;
    int digits = 0;
    int point = -1;
    for (int i = negative ? 1 : 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '.' && point < 0 && digits > 0 && !column.impliedPoint()) {
        point = i;
      } else if (c < '0' || c > '9') {
        return false;
      } else {
        parsed = digits < DIGITS_MAX ? parsed * 10 + (c - '0') : parsed;
        digits += parsed == 0 && digits > 0 ? 0 : 1;
      }
    }
    int decimals = column.impliedPoint() ? scale : point < 0 ? 0 : value.length() - 1 - point;
    int missing = scale - decimals;
    boolean usable = digits > 0 && point != value.length() - 1;
    if (!usable || missing < 0) {
      return false;
    }
    isTooLong = digits + missing > DIGITS_MAX;
    for (int i = 0; i < missing; i++) {
      parsed *= 10;
    }
    number = negative ? -parsed : parsed;
    return true;
  }

  private String shown(long scaled) {
    return BigDecimal.valueOf(scaled, scale).toPlainString();
  }

  @Override
  boolean write(String value, CopyRow out) {
    return out.text(isShown ? shown(number) : value);
  }

  @Override
  long number() {
    return number;
  }

  @Override
  boolean hasNumber() {
    return read;
  }

  @Override
  int scale() {
    return scale;
  }

  @Override
  void forget() {
    read = false;
  }
}
