package musiccorp.chaos;

import java.util.List;

/**
 * What is broken on purpose in a run, to see that the run notices. For tests: no option of the
 * command asks for any.
 *
 * @param statements done in the scratch database before the first node starts
 * @param effectsApart whether readers write their effects in a transaction of their own, and not in
 *     that of their cursor
 */
record Sabotage(List<String> statements, boolean effectsApart) {

  static final Sabotage NONE = new Sabotage(List.of(), false);

  Sabotage {
    statements = List.copyOf(statements);
  }
}
