package peers;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Something that is measured, of some of the field, in rounds. */
abstract class Scenario {

  private static final int WARM_UP_ROUND = 0;

  final Arena arena;
  final Field field;
  final Report report;
  private final Set<String> failed = new HashSet<>();

  Scenario(Arena arena, Field field, Report report) {
    this.arena = arena;
    this.field = field;
    this.report = report;
  }

  abstract void run(int rounds) throws InterruptedException;

  /** What is done with one contestant in one round. */
  @FunctionalInterface
  interface Take {
    String of(Entry entry, boolean counts) throws Exception;
  }

  /** Everybody has a turn that does not count, then one in each round. */
  final void rounds(String what, List<Entry> entries, int rounds, Take take)
      throws InterruptedException {
    for (int round = WARM_UP_ROUND; round <= rounds; round++) {
      round(what, entries, round, take);
    }
  }

  /** The same without a turn to get warm, for those who are. */
  final void warmRounds(String what, List<Entry> entries, int rounds, Take take)
      throws InterruptedException {
    for (int round = 1; round <= rounds; round++) {
      round(what, entries, round, take);
    }
  }

  private void round(String what, List<Entry> entries, int round, Take take)
      throws InterruptedException {
    for (Entry entry : entries) {
      String turn = entry.name() + ", " + what;
      if (failed.contains(turn)) {
        continue;
      }
      try {
        String result = take.of(entry, round != WARM_UP_ROUND);
        System.err.printf("%s, round %d, %s: %s%n", what, round, entry.name(), result);
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        failed.add(turn);
        report.fail(turn, e);
      }
    }
  }
}
