package commondata.feed;

import java.nio.charset.Charset;
import java.time.DateTimeException;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** Reads dates by the {@link Places} of their digits. */
final class DateField extends Field {

  /** How a date is written if nothing is said. */
  private static final String ISO = "yyyy-MM-dd";

  private final Places places;
  private final @Nullable LocalDate min;
  private final @Nullable LocalDate max;
  private LocalDate date = LocalDate.EPOCH;

  /** Why a date that is written well is none. */
  private String never = "";

  DateField(Column column, Charset charset) {
    super(column, charset);
    this.places = new Places(column.format() == null ? ISO : column.format());
    this.min = limit(column.min());
    this.max = limit(column.max());
    if (min != null && max != null && min.isAfter(max)) {
      throw new IllegalArgumentException(
          "takes no value: min is %s, max is %s".formatted(min, max));
    }
    if (places.hasTime()) {
      throw new IllegalArgumentException(
          "format \"%s\" has a time, which is for type timestamp".formatted(places));
    }
  }

  private static @Nullable LocalDate limit(@Nullable String text) {
    try {
      return text == null ? null : LocalDate.parse(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("limit \"" + text + "\" is no date as 2026-11-21", e);
    }
  }

  @Override
  void readValue(String value, RecordErrors errors) {
    LocalDate parsed = parse(value);
    if (parsed == null) {
      errors.add(
          column.name(),
          Code.DATE,
          "expected a date as %s, found %s%s".formatted(places, quoted(value), never));
      return;
    }
    date = parsed;
    boolean early = min != null && parsed.isBefore(min);
    if (early || (max != null && parsed.isAfter(max))) {
      errors.add(
          column.name(),
          Code.RANGE,
          "expected a date %s %s, found %s"
              .formatted(early ? "from" : "up to", early ? min : max, parsed));
    }
  }

  private @Nullable LocalDate parse(String value) {
    never = "";
    try {
      return places.fit(value) ? places.date(value) : null;
    } catch (DateTimeException e) {
      never = ": " + e.getMessage();
      return null;
    }
  }

  @Override
  boolean write(String value, CopyRow out) {
    return out.text(date.toString());
  }
}
