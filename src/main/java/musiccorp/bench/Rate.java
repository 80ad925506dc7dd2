package musiccorp.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** How often a second something is done. */
final class Rate {

  private Rate() {}

  @FunctionalInterface
  interface Work {
    void run() throws InterruptedException, ExecutionException;
  }

  static double perSecond(long count, Work work) throws InterruptedException, ExecutionException {
    long start = System.nanoTime();
    work.run();
    return count * 1e9 / (System.nanoTime() - start);
  }

  /** Does something with each number from {@code first} to {@code last}, by so many threads. */
  static void each(long first, long last, int threads, LongConsumer work)
      throws InterruptedException, ExecutionException {
    AtomicLong next = new AtomicLong(first);
    List<Callable<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      tasks.add(
          () -> {
            for (long n = next.getAndIncrement(); n <= last; n = next.getAndIncrement()) {
              work.accept(n);
            }
            return null;
          });
    }
    inThreads(tasks);
  }

  static void inThreads(List<? extends Callable<?>> tasks)
      throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
    try {
      List<Future<?>> futures = new ArrayList<>();
      tasks.forEach(task -> futures.add(threads.submit(task)));
      for (Future<?> future : futures) {
        future.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
