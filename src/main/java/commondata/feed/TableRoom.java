package commondata.feed;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether a column of a table has room for all that its layout lets through. One value that a
 * staging table has no room for ends the COPY, and with it the file, and nobody is told of its
 * record; what a floating point number has no room for is lost without a word.
 */
final class TableRoom {

  private static final Map<String, BigDecimal> INTEGERS =
      Map.of(
          "int2", BigDecimal.valueOf(Short.MAX_VALUE),
          "int4", BigDecimal.valueOf(Integer.MAX_VALUE));

  /** Digits that a floating point number gives back as they came. */
  private static final Map<String, Integer> EXACT = Map.of("float8", 15);

  private final Column column;

  TableRoom(Column column) {
    this.column = column;
  }

  /** What a table lacks room for, and what to do; null if it does not. */
  @Nullable String lacking(String table, TableCheck.Found found) {
    if (column.type() == Column.Type.TEXT) {
      return lackingCharacters(table, found);
    }
    BigDecimal most = column.type().isNumber() ? most(found) : null;
    return most == null ? null : lackingDigits(table, found, most);
  }

  /** Which digits a table would lose, and what to do; null if none. */
  @Nullable String rounding(String table, TableCheck.Found found) {
    Integer exact = column.type().isNumber() ? EXACT.get(found.base()) : null;
    if (exact == null) {
      return null;
    }
    NumberField field = new NumberField(column, StandardCharsets.UTF_8);
    int digits = Math.min(Math.max(field.max().precision(), field.min().precision()), places());
    if (digits <= exact) {
      return null;
    }
    return "column \"%s\" may have %d digits, but in table %s it is %s, which keeps %d: %s"
        .formatted(
            column.name(),
            digits,
            table,
            found.type(),
            exact,
            "make it numeric, or give it max and min");
  }

  private @Nullable String lackingCharacters(String table, TableCheck.Found found) {
    Integer room = found.length();
    int longest = column.length() > 0 ? column.length() : column.maxLength();
    if (!column.values().isEmpty()) {
      longest = column.values().stream().mapToInt(String::length).max().orElse(longest);
    }
    longest = Math.min(longest, column.maxLength());
    return room == null || longest <= room
        ? null
        : "column \"%s\" may have %d characters, but in table %s it is %s: give it max_length: %d"
            .formatted(column.name(), longest, table, found.type(), room);
  }

  /** The largest number that a column of a table can hold; null: larger than any of a file. */
  private static @Nullable BigDecimal most(TableCheck.Found found) {
    Integer digits = found.digits();
    Integer scale = found.scale();
    return digits == null || scale == null
        ? INTEGERS.get(found.base())
        : BigDecimal.TEN.pow(digits).subtract(BigDecimal.ONE).movePointLeft(scale);
  }

  private @Nullable String lackingDigits(String table, TableCheck.Found found, BigDecimal most) {
    NumberField field = new NumberField(column, StandardCharsets.UTF_8);
    BigDecimal least = INTEGERS.containsKey(found.base()) ? most.add(BigDecimal.ONE) : most;
    if (field.max().min(written()).compareTo(most) > 0) {
      return tooLarge(table, found, field.max(), "max", most);
    }
    return field.min().negate().min(written()).compareTo(least) > 0
        ? tooLarge(table, found, field.min(), "min", least.negate())
        : null;
  }

  /** The largest number that its places in a record have room for. */
  private BigDecimal written() {
    return BigDecimal.TEN
        .pow(Math.min(places(), NumberField.DIGITS_MAX))
        .subtract(BigDecimal.ONE)
        .movePointLeft(column.impliedPoint() ? column.scale() : 0);
  }

  /** How many digits a record has room for. */
  private int places() {
    return column.length() == 0 ? NumberField.DIGITS_MAX : column.length();
  }

  private String tooLarge(
      String table, TableCheck.Found found, BigDecimal value, String key, BigDecimal room) {
    return "column \"%s\" may be %s, but in table %s it is %s: give it %s: %s"
        .formatted(
            column.name(), value.toPlainString(), table, found.type(), key, room.toPlainString());
  }
}
