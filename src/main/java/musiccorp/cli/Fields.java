package musiccorp.cli;

import java.io.PrintWriter;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Shows one record as a list of its fields; components that hold JSON are nested in JSON. */
final class Fields {

  private static final Set<String> JSON = Set.of("payload", "params", "control");

  private Fields() {}

  static Map<String, @Nullable Object> of(Record shown) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (RecordComponent component : shown.getClass().getRecordComponents()) {
      Object value = value(shown, component);
      fields.put(
          component.getName(),
          value instanceof String text && JSON.contains(component.getName())
              ? Json.parsed(text)
              : value);
    }
    return fields;
  }

  static void print(PrintWriter out, Record shown) {
    Rows rows = new Rows("field", "value");
    for (RecordComponent component : shown.getClass().getRecordComponents()) {
      Object value = value(shown, component);
      if (value != null) {
        rows.add(component.getName(), value);
      }
    }
    new Table(rows, 0).print(out);
  }

  private static @Nullable Object value(Record shown, RecordComponent component) {
    try {
      return component.getAccessor().invoke(shown);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("component " + component, e);
    }
  }
}
