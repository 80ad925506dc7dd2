package commondata.event;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a payload must have and lacks: a component of a record that is null and not {@link
 * Nullable}, also in records and lists of records within it.
 */
final class MissingField {

  /** The accessors of what must be there, by class: looked up once. */
  private static final ClassValue<List<Method>> REQUIRED =
      new ClassValue<>() {
        @Override
        protected List<Method> computeValue(Class<?> type) {
          return type.isRecord()
              ? Arrays.stream(type.getRecordComponents())
                  .filter(component -> !component.getType().isPrimitive())
                  .filter(MissingField::isRequired)
                  .map(MissingField::accessor)
                  .toList()
              : List.of();
        }
      };

  private MissingField() {}

  /** Where the first one is, such as {@code lines[0].sku}; null if the payload is whole. */
  static @Nullable String of(Object payload) {
    for (Method field : REQUIRED.get(payload.getClass())) {
      String within = within(valueOf(field, payload));
      if (within != null) {
        return field.getName() + within;
      }
    }
    return null;
  }

  /** Empty if the value itself is missing. */
  private static @Nullable String within(@Nullable Object value) {
    if (value == null) {
      return "";
    }
    if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        String within = within(list.get(i));
        if (within != null) {
          return "[%d]%s".formatted(i, within);
        }
      }
      return null;
    }
    String field = of(value);
    return field == null ? null : "." + field;
  }

  private static boolean isRequired(RecordComponent component) {
    return !component.getAnnotatedType().isAnnotationPresent(Nullable.class);
  }

  /** Contracts may be package-private: nobody but the codec reads them through this. */
  private static Method accessor(RecordComponent component) {
    Method accessor = component.getAccessor();
    accessor.setAccessible(true);
    return accessor;
  }

  private static @Nullable Object valueOf(Method field, Object payload) {
    try {
      return field.invoke(payload);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("%s can't be read".formatted(field), e);
    }
  }
}
