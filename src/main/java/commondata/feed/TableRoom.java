package commondata.feed;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether a column of a staging table has room for all that its layout lets through. One value that
 * it has no room for ends the COPY, and with it the file, and nobody is told of its record.
 */
final class TableRoom {

  private static final Map<String, BigDecimal> INTEGERS =
      Map.of(
          "int2", BigDecimal.valueOf(Short.MAX_VALUE),
          "int4", BigDecimal.valueOf(Integer.MAX_VALUE));

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
    int places = column.length() == 0 ? NumberField.DIGITS_MAX : column.length();
    int digits = Math.min(places, NumberField.DIGITS_MAX);
    return BigDecimal.TEN
        .pow(digits)
        .subtract(BigDecimal.ONE)
        .movePointLeft(column.impliedPoint() ? column.scale() : 0);
  }

  private String tooLarge(
      String table, TableCheck.Found found, BigDecimal value, String key, BigDecimal room) {
    return "column \"%s\" may be %s, but in table %s it is %s: give it %s: %s"
        .formatted(
            column.name(), value.toPlainString(), table, found.type(), key, room.toPlainString());
  }
}
