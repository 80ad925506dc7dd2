package commondata.event;

import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The chain from each older version of a payload to the one its record declares. */
final class Upcasts {

  private static final ClassValue<Upcasts> BY_RECORD =
      new ClassValue<>() {
        @Override
        protected Upcasts computeValue(Class<?> payloadType) {
          return new Upcasts(payloadType);
        }
      };

  private final List<Upcast> steps = new ArrayList<>();

  private Upcasts(Class<?> payloadType) {
    EventType type = EventCodec.typeOf(payloadType);
    for (Class<? extends Upcast> step : type.upcasts()) {
      steps.add(instance(step));
    }
    if (steps.size() != type.version() - 1) {
      throw new IllegalArgumentException(
          "%s declares %s v%d with %d upcasts: name one for each older version, in order"
              .formatted(payloadType.getName(), type.value(), type.version(), steps.size()));
    }
  }

  /**
   * Those of a record.
   *
   * @throws IllegalArgumentException if a step of the chain is missing
   */
  static Upcasts of(Class<?> payloadType) {
    return BY_RECORD.get(payloadType);
  }

  /** Takes a payload from {@code version} to the newest. */
  Map<String, @Nullable Object> apply(int version, Map<String, @Nullable Object> payload) {
    Map<String, @Nullable Object> newest = payload;
    for (Upcast step : steps.subList(version - 1, steps.size())) {
      newest = step.upcast(newest);
    }
    return newest;
  }

  private static Upcast instance(Class<? extends Upcast> step) {
    try {
      Constructor<? extends Upcast> constructor = step.getDeclaredConstructor();
      constructor.setAccessible(true);
      return constructor.newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(
          "upcast %s can't be made: give it a constructor without parameters"
              .formatted(step.getName()),
          e);
    }
  }
}
