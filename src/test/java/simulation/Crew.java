package simulation;

import java.util.HashSet;
import java.util.Set;

/** The workers of one process: who is at work, and how many of the others are to wake. */
final class Crew {

  private final int size;
  private final Set<Node> busy = new HashSet<>();
  private int rings;

  Crew(int size) {
    this.size = size;
  }

  void wakeFor(int parts) {
    rings = Math.max(rings, Math.min(parts, size) - busy.size());
  }

  boolean hears() {
    if (rings == 0) {
      return false;
    }
    rings--;
    return true;
  }

  void begins(Node worker) {
    busy.add(worker);
  }

  void ends(Node worker) {
    busy.remove(worker);
  }

  /** The process is gone, with whatever was rung. */
  void end() {
    busy.clear();
    rings = 0;
  }
}
