package commondata.feed;

import commondata.job.YamlFile;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Refuses signs in numbers that something else has a use for, or that no number of a file has. */
final class DialectCheck {

  private final YamlFile file;
  private final Format format;
  private final Dialect dialect;

  DialectCheck(YamlFile file, Format format, Dialect dialect) {
    this.file = file;
    this.format = format;
    this.dialect = dialect;
  }

  /** How a file writes numbers, by the keys of its layout. */
  Numerals numerals(@Nullable String decimal, @Nullable String group) {
    char point = decimal == null ? '.' : decimal.charAt(0);
    if (group != null && group.charAt(0) == point) {
      throw file.error(
          "/group",
          "must not be \"%s\", which stands before the decimals%s"
              .formatted(group, decimal == null ? ": say which other sign does, as decimal" : ""));
    }
    requireFree("/decimal", decimal);
    requireFree("/group", group);
    return decimal == null && group == null
        ? Numerals.USUAL
        : new Numerals(point, group == null ? Numerals.NO_GROUP : group.charAt(0));
  }

  private void requireFree(String key, @Nullable String sign) {
    if (format != Format.CSV || sign == null) {
      return;
    }
    char its = sign.charAt(0);
    if (its == dialect.quote() || its == dialect.escape()) {
      throw file.error(
          key,
          "must not be the %s, but is \"%s\""
              .formatted(its == dialect.quote() ? "quote" : "escape", sign));
    }
    if (its == dialect.separator() && dialect.quote() == Dialect.NONE) {
      throw file.error(
          key,
          "must not be the separator, but is \"%s\": without quotes it would end the number"
              .formatted(sign));
    }
  }

  /** What would do nothing is a mistake. */
  void requireNumbers(
      @Nullable String decimal,
      @Nullable String group,
      @Nullable RecordShape header,
      List<RecordType> types,
      @Nullable RecordShape trailer) {
    List<Column> columns =
        Stream.concat(Stream.of(header, trailer), types.stream().map(RecordType::shape))
            .filter(Objects::nonNull)
            .flatMap(shape -> shape.columns().stream())
            .toList();
    requireAny(
        "/decimal",
        decimal,
        columns,
        column -> column.type() == Column.Type.DECIMAL && !column.impliedPoint(),
        "is for decimals that are written with it, but there is no such column");
    requireAny(
        "/group",
        group,
        columns,
        column -> column.type().isNumber(),
        "is for numbers, but there is no such column");
  }

  private void requireAny(
      String key, @Nullable String sign, List<Column> columns, Predicate<Column> is, String why) {
    if (sign != null && columns.stream().noneMatch(is)) {
      throw file.error(key, why);
    }
  }
}
