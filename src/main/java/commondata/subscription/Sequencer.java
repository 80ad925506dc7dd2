package commondata.subscription;

import commondata.database.Login;
import commondata.fault.FaultPoint;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Asks the database to number what was committed since it last did ({@code commondata.stamp()}
 * tells how). Every poller calls it before it reads; calls of one process that come close together
 * are one. Thread-safe.
 *
 * <p>A crash here loses nothing: positions, heads and snapshot are one transaction, and any other
 * node stamps next time.
 */
public final class Sequencer {

  private static final long NANOS_A_MS = 1_000_000;

  private final Login login;
  private final long restNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile long idleSince = Long.MIN_VALUE;

  /**
   * @param login any login that is a member of {@code commondata_service}
   * @param restMs how long to rest after a round that found nothing, in milliseconds
   */
  public Sequencer(Login login, long restMs) {
    this.login = login;
    this.restNanos = restMs * NANOS_A_MS;
  }

  /** Numbers fresh events; returns how many, 0 also when another thread or node is at it. */
  public long stamp() {
    long idle = idleSince;
    if (idle != Long.MIN_VALUE && System.nanoTime() - idle < restNanos) {
      return 0;
    }
    if (!lock.tryLock()) {
      return 0;
    }
    try {
      FaultPoint.STAMP_BEGUN.reached();
      long stamped =
          login
              .jdbc()
              .sql(
                  """
                  SELECT commondata.stamp()
                  """)
              .query(Long.class)
              .single();
      FaultPoint.STAMP_DONE.reached();
      idleSince = stamped == 0 ? System.nanoTime() : Long.MIN_VALUE;
      return stamped;
    } finally {
      lock.unlock();
    }
  }
}
