package commondata.database;

/**
 * What a transaction has still to send when its work is done. It goes to the server together with
 * the COMMIT, and so costs no round trip of its own.
 */
public interface Unsent {

  /**
   * Sends all of it on the connection of the transaction open on this thread.
   *
   * @param commits whether COMMIT goes behind it, in the same round trip
   * @throws RuntimeException if the server refuses it; the transaction is then rolled back
   */
  void send(boolean commits);
}
