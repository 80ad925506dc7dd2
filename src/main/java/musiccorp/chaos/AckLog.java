package musiccorp.chaos;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** What a client knows of its own requests: acknowledged, failed for certain, or unknown. */
final class AckLog {

  /** How a request ended, as its client saw it. */
  enum Outcome {
    OK,
    FAILED,
    UNKNOWN
  }

  private final Map<String, Outcome> outcomes = new ConcurrentHashMap<>();
  private final Set<String> resolved = ConcurrentHashMap.newKeySet();

  void note(String request, Outcome outcome) {
    outcomes.put(request, outcome);
  }

  /** What is stored and what is not is known of this request now. */
  void resolved(String request) {
    resolved.add(request);
  }

  /** Requests that were not looked after yet. */
  Set<String> unresolved() {
    Set<String> left = all();
    left.removeAll(resolved);
    return left;
  }

  Set<String> all() {
    return new TreeSet<>(outcomes.keySet());
  }

  Set<String> requests(Outcome outcome) {
    Set<String> found = new TreeSet<>();
    outcomes.forEach(
        (request, o) -> {
          if (o == outcome) {
            found.add(request);
          }
        });
    return found;
  }

  int count(Outcome outcome) {
    return requests(outcome).size();
  }
}
