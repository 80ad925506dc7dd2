package commondata.fault;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares what was published with what a reader got. Events of one key carry 1, 2, 3 ... in the
 * order in which they were committed; so whatever way events are read, this finds loss, doubles and
 * disorder.
 */
public final class DeliveryCheck {

  /** The n-th event of a key. */
  public record Numbered(String key, long n) {}

  private DeliveryCheck() {}

  /** Every complaint, empty if there is none. */
  public static List<String> complaints(List<Numbered> published, List<Numbered> delivered) {
    List<String> complaints = new ArrayList<>();
    Set<Numbered> seen = new HashSet<>();
    Map<String, Long> lastOfKey = new HashMap<>();
    for (Numbered event : delivered) {
      if (!seen.add(event)) {
        complaints.add("doubled: " + event);
      } else if (event.n() < lastOfKey.getOrDefault(event.key(), 0L)) {
        complaints.add("out of order: " + event + " after " + lastOfKey.get(event.key()));
      }
      lastOfKey.merge(event.key(), event.n(), Math::max);
    }
    Set<Numbered> expected = new HashSet<>(published);
    for (Numbered event : published) {
      if (!seen.contains(event)) {
        complaints.add("lost: " + event);
      }
    }
    for (Numbered event : seen) {
      if (!expected.contains(event)) {
        complaints.add("never committed: " + event);
      }
    }
    return complaints;
  }
}
