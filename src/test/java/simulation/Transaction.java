package simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Writes that become true together at the commit, and locks that are held until the end. */
final class Transaction {

  private final World world;
  private final List<Runnable> writes = new ArrayList<>();
  private final Set<String> locks = new HashSet<>();
  private long id;
  private boolean over;

  Transaction(World world) {
    this.world = world;
  }

  /** Its number in the order of first writes. */
  long id() {
    if (id == 0) {
      id = world.begin();
    }
    return id;
  }

  /** Takes a lock, or says that another transaction holds it. */
  boolean lock(String what) {
    if (!world.lock(what, this)) {
      return false;
    }
    locks.add(what);
    return true;
  }

  /** Loses a lock to somebody who did not ask: only a wrong algorithm does this. */
  void robbed(String what) {
    locks.remove(what);
  }

  void write(Runnable change) {
    id();
    writes.add(change);
  }

  void commit() {
    end(true);
  }

  void rollback() {
    end(false);
  }

  private void end(boolean commits) {
    if (over) {
      return;
    }
    over = true;
    if (commits) {
      writes.forEach(Runnable::run);
    }
    if (id != 0) {
      world.end(id, commits);
    }
    locks.forEach(what -> world.unlock(what, this));
  }
}
