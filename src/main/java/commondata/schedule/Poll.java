package commondata.schedule;

import java.util.Optional;

/**
 * Something that looks for work now and then. The clock calls {@link #pollOnce} again at once while
 * it finds work, and after a rest when it does not. One poll runs on one thread at a time in a
 * process; other processes may run the same one.
 */
public interface Poll {

  /** Name for logs and threads, unique in a process. */
  String name();

  /** Does one unit of work, in a transaction of its own; returns whether there was any. */
  boolean pollOnce();

  /** How long it rests now, always on one bell; empty at each call: as the clock is set. */
  default Optional<Pace> pace() {
    return Optional.empty();
  }
}
