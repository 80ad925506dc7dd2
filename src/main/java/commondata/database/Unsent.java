package commondata.database;

import org.jspecify.annotations.Nullable;

/**
 * What a transaction has still to send when its work is done. It goes to the server together with
 * the COMMIT, and so costs no round trip of its own.
 */
public interface Unsent {

  /** Between two statements of one round trip; the first may end with a remark. */
  String AND = "\n;\n";

  /** Behind the last statement of a transaction, in the same round trip. */
  String AND_COMMIT = AND + "COMMIT";

  /**
   * Whether the network takes all of it at once. The driver reads no answer before it has sent
   * everything: where what goes in front is answered at length, and what comes behind is long, both
   * sides would wait for each other.
   */
  boolean isSmall();

  /**
   * Sends all of it on the connection of the transaction open on this thread.
   *
   * @param before goes in front of it, in the same round trip; null if there is nothing
   * @param commits whether COMMIT goes behind it, in the same round trip
   * @throws RuntimeException if the server refuses it; the transaction is then rolled back
   */
  void send(@Nullable Write before, boolean commits);
}
