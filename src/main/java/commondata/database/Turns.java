package commondata.database;

import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Turns at the connections of a login, for work that holds one for long while its threads need
 * further ones, as the load of a large file does. If all connections were held so, everybody would
 * wait for one more until he failed. So at most half of them are, and one stays out of it, for what
 * is short. Who asked first comes first. Thread-safe.
 */
public final class Turns {

  /** One to hold and one to work with: with fewer there is no such work. */
  private static final int FEWEST = 2;

  private final Semaphore holders;
  private final Semaphore all;

  Turns(int connections) {
    this.holders = new Semaphore(Math.max(1, connections / 2), true);
    this.all = new Semaphore(Math.max(FEWEST, connections - 1), true);
  }

  /** Does work that holds a connection while {@link #inside} brings what it waits for. */
  public <T> T holding(Supplier<T> work) {
    return in(holders, () -> in(all, work));
  }

  /** Does short work with a connection of its own, which somebody who holds one waits for. */
  public <T> T inside(Supplier<T> work) {
    return in(all, work);
  }

  private static <T> T in(Semaphore turns, Supplier<T> work) {
    try {
      turns.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the wait for a connection was interrupted", e);
    }
    try {
      return work.get();
    } finally {
      turns.release();
    }
  }
}
