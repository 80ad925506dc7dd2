package peers;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Threads that look for work again and again; with a pause when they have found none. */
final class Loops {

  private static final long PAUSE_NANOS = 2_000_000;

  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean running;

  /** Looks for work once; returns whether there was any. */
  @FunctionalInterface
  interface Look {
    boolean look() throws Exception;
  }

  void start(List<Look> looks) {
    running = true;
    for (Look look : looks) {
      Thread thread = new Thread(() -> run(look), "loop-" + threads.size());
      threads.add(thread);
      thread.start();
    }
  }

  private void run(Look look) {
    try {
      while (running) {
        if (!look.look()) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      }
    } catch (Exception e) {
      throw new IllegalStateException("a contestant failed", e);
    }
  }

  /** Returns when every thread has ended its piece of work. */
  void stop() throws InterruptedException {
    running = false;
    for (Thread thread : threads) {
      thread.join();
    }
    threads.clear();
  }
}
