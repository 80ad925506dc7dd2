package commondata.feed;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which keys of a column are for which of its types: what would do nothing is a mistake. */
final class ColumnKeys {

  private static final Set<Column.Type> TEXTS = EnumSet.of(Column.Type.TEXT);
  private static final Set<Column.Type> NUMBERS =
      EnumSet.of(Column.Type.INTEGER, Column.Type.DECIMAL);
  private static final Set<Column.Type> DECIMALS = EnumSet.of(Column.Type.DECIMAL);
  private static final Set<Column.Type> ORDERED =
      EnumSet.of(Column.Type.INTEGER, Column.Type.DECIMAL, Column.Type.DATE);
  private static final Set<Column.Type> NAMED = EnumSet.of(Column.Type.TEXT, Column.Type.BOOLEAN);
  private static final Set<Column.Type> TIMES = EnumSet.of(Column.Type.DATE, Column.Type.TIMESTAMP);

  private static final Map<String, Set<Column.Type>> TYPES =
      Map.ofEntries(
          Map.entry("min", ORDERED),
          Map.entry("max", ORDERED),
          Map.entry("min_length", TEXTS),
          Map.entry("max_length", TEXTS),
          Map.entry("pattern", TEXTS),
          Map.entry("values", NAMED),
          Map.entry("scale", DECIMALS),
          Map.entry("implied_point", NUMBERS),
          Map.entry("sign", NUMBERS),
          Map.entry("format", TIMES),
          Map.entry("zone", EnumSet.of(Column.Type.TIMESTAMP)));

  private ColumnKeys() {}

  /** A key that the column's type has no use for, and why; null if there is none. */
  static Map.@Nullable Entry<String, String> misplaced(
      LayoutYaml.ColumnYaml column, Column.Type type) {
    for (Map.Entry<String, @Nullable Object> key : given(column).entrySet()) {
      Set<Column.Type> types = TYPES.getOrDefault(key.getKey(), Set.of());
      if (key.getValue() != null && !types.contains(type)) {
        return Map.entry(
            key.getKey(),
            "is for type %s, but the column is of type %s"
                .formatted(
                    types.stream().map(Column.Type::label).collect(Collectors.joining(" or ")),
                    type.label()));
      }
    }
    return null;
  }

  private static Map<String, @Nullable Object> given(LayoutYaml.ColumnYaml column) {
    Map<String, @Nullable Object> given = new LinkedHashMap<>();
    given.put("min", column.min());
    given.put("max", column.max());
    given.put("min_length", column.minLength());
    given.put("max_length", column.maxLength());
    given.put("pattern", column.pattern());
    given.put("values", column.values());
    given.put("scale", column.scale());
    given.put("implied_point", column.impliedPoint());
    given.put("sign", column.sign());
    given.put("format", column.format());
    given.put("zone", column.zone());
    return given;
  }
}
