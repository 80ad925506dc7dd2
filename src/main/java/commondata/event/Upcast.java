package commondata.event;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns a payload of one version into one of the next, so that a handler only ever sees the newest
 * (Event Versioning: Upcaster). Pure: the same payload always gives the same result. A class of its
 * own with a constructor without parameters, named in {@link EventType#upcasts}.
 */
@FunctionalInterface
public interface Upcast {

  /**
   * The payload one version later.
   *
   * @param payload JSON object: texts, exact numbers, booleans, lists and maps; may be changed
   */
  Map<String, @Nullable Object> upcast(Map<String, @Nullable Object> payload);
}
