package commondata.feed;

import java.nio.charset.Charset;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads points in time: as RFC 3339 writes them, with a T or a blank before the time, with or
 * without seconds and their fraction; or by the {@link Places} of their digits. One that says no
 * offset is taken in the zone of its column; without a zone it is refused: which moment it is would
 * depend on where this program runs. Of a local time that a zone has twice the first is meant.
 */
final class TimestampField extends Field {

  private static final Pattern RFC_3339 =
      Pattern.compile(
          "([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\\.[0-9]{1,9})?)?"
              + "([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?");

  /** What the server takes ends before it; Java goes on to 18. */
  private static final int OFFSET_HOURS_END = 16;

  private final @Nullable Places places;
  private final @Nullable ZoneId zone;
  private final boolean local;
  private String read = "";

  /** Why a time that is written well is none. */
  private String never = "";

  TimestampField(Column column, Charset charset) {
    super(column, charset);
    this.local = column.isLocal();
    this.zone = local ? null : zone(column.zone());
    this.places = column.format() == null ? null : new Places(column.format());
    if (places != null && !places.hasTime()) {
      throw new IllegalArgumentException(
          "format \"%s\" has no time, which a timestamp needs".formatted(places));
    }
    if (places != null && zone == null && !local) {
      throw new IllegalArgumentException(
          "format \"%s\" has no offset: \"zone\" must say where that time is, or none"
              .formatted(places));
    }
  }

  private static @Nullable ZoneId zone(@Nullable String name) {
    try {
      return name == null ? null : ZoneId.of(name);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "zone \"%s\" is none that Java knows, such as UTC or Europe/Zurich".formatted(name), e);
    }
  }

  @Override
  void readValue(String value, RecordErrors errors) {
    never = "";
    try {
      String parsed = places == null ? rfc3339(value) : placed(places, value);
      if (parsed != null) {
        read = parsed;
        return;
      }
    } catch (DateTimeException e) {
      never = ": " + e.getMessage();
    }
    errors.add(
        column.name(),
        Code.DATE,
        "expected a time as %s, found %s%s".formatted(expected(), quoted(value), never));
  }

  private String expected() {
    if (places != null) {
      return zone == null ? places.toString() : "%s in %s".formatted(places, zone);
    }
    String offset = local ? "" : "+01:00";
    return "2026-11-30T23:59:59" + offset + (zone == null ? "" : ", or without offset in " + zone);
  }

  private @Nullable String placed(Places where, String value) {
    return where.fit(value) ? inZone(LocalDateTime.of(where.date(value), where.time(value))) : null;
  }

  private @Nullable String rfc3339(String value) {
    Matcher parts = RFC_3339.matcher(value);
    if (!parts.matches() || value.startsWith("0000")) {
      return null;
    }
    String seconds = parts.group(3) == null ? "" : parts.group(3);
    LocalDateTime time = LocalDateTime.parse(parts.group(1) + "T" + parts.group(2) + seconds);
    String offset = parts.group(4);
    if (offset == null) {
      return inZone(time);
    }
    return local ? null : at(time, ZoneOffset.of(offset.toUpperCase(Locale.ROOT)));
  }

  /** Null if there is no telling which moment it is. */
  private @Nullable String inZone(LocalDateTime time) {
    if (zone == null) {
      return local ? time.toString() : null;
    }
    List<ZoneOffset> offsets = zone.getRules().getValidOffsets(time);
    if (offsets.isEmpty()) {
      throw new DateTimeException("no clock in %s ever showed it".formatted(zone));
    }
    return at(time, offsets.get(0));
  }

  private static String at(LocalDateTime time, ZoneOffset offset) {
    if (Math.abs(offset.getTotalSeconds()) >= TimeUnit.HOURS.toSeconds(OFFSET_HOURS_END)) {
      throw new DateTimeException(
          "an offset from UTC is less than %d hours".formatted(OFFSET_HOURS_END));
    }
    return time.atOffset(offset).toString();
  }

  @Override
  boolean write(String value, CopyRow out) {
    return out.text(read);
  }
}
