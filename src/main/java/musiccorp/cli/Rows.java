package musiccorp.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows to show: as a table for people, or as JSON. Columns are named as JSON fields, such as {@code
 * businessDate}; the table's heading is made from that.
 */
public final class Rows {

  private final List<String> names;
  private final List<List<@Nullable Object>> rows = new ArrayList<>();
  private String cutFirst = "";

  public Rows(String... names) {
    this(List.of(names));
  }

  Rows(List<String> names) {
    this.names = names;
  }

  /** Adds a row of as many values as there are columns; null is shown as nothing. */
  public Rows add(@Nullable Object... values) {
    if (values.length != names.size()) {
      throw new IllegalArgumentException(
          "%d values for %d columns".formatted(values.length, names.size()));
    }
    rows.add(Collections.unmodifiableList(Arrays.asList(values.clone())));
    return this;
  }

  /** Names the column that is cut before any other where there is no room. */
  Rows cutFirst(String name) {
    cutFirst = name;
    return this;
  }

  /** The column that is cut first, or nothing if it is the widest. */
  String cutFirst() {
    return cutFirst;
  }

  List<String> names() {
    return names;
  }

  List<List<@Nullable Object>> values() {
    return rows;
  }

  public int size() {
    return rows.size();
  }

  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /** The rows as JSON objects. */
  public List<Map<String, @Nullable Object>> objects() {
    List<Map<String, @Nullable Object>> objects = new ArrayList<>();
    for (List<@Nullable Object> row : rows) {
      Map<String, @Nullable Object> object = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        object.put(names.get(i), row.get(i));
      }
      objects.add(object);
    }
    return objects;
  }
}
