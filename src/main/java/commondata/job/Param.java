package commondata.job;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * A parameter that SQL steps may use as {@code :name}.
 *
 * @param type text, integer, decimal or date
 * @param value what it is if nothing is given; null: it must be given
 */
public record Param(String name, String type, @Nullable String value, String description) {

  /**
   * The value if none is given.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Object defaultValue() {
    if (value == null) {
      throw new IllegalArgumentException("parameter \"" + name + "\" has no value");
    }
    return parse(value);
  }

  /** Some value of its type: the one if none is given, if there is one. */
  Object sample() {
    return value != null
        ? parse(value)
        : switch (type) {
          case "integer" -> 1L;
          case "decimal" -> BigDecimal.ONE;
          case "date" -> LocalDate.EPOCH;
          default -> "";
        };
  }

  /**
   * The text as a value for SQL.
   *
   * @throws IllegalArgumentException if it is none of the parameter's type
   */
  Object parse(String text) {
    try {
      return switch (type) {
        case "integer" -> Long.valueOf(text);
        case "decimal" -> new BigDecimal(text);
        case "date" -> LocalDate.parse(text);
        default -> text;
      };
    } catch (NumberFormatException | DateTimeException e) {
      throw new IllegalArgumentException(
          "parameter \"%s\" must be of type %s, but is \"%s\"".formatted(name, type, text), e);
    }
  }
}
