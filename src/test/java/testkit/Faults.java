package testkit;

import commondata.fault.FaultHook;
import commondata.fault.FaultPoint;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes the kit fail at its {@link FaultPoint}s, on the thread that made it, and counts the hits:
 *
 * <pre>{@code
 * try (Faults faults = Faults.dieAt(FaultPoint.BATCH_HANDLED)) {
 *   assertThatThrownBy(node::tick).isInstanceOf(Faults.Died.class);
 * }
 * }</pre>
 */
public final class Faults implements AutoCloseable {

  private final Thread thread = Thread.currentThread();
  private final ConcurrentMap<FaultPoint, AtomicInteger> hits = new ConcurrentHashMap<>();

  private Faults(FaultHook hook) {
    FaultPoint.hook(
        point -> {
          if (Thread.currentThread() == thread) {
            hits.computeIfAbsent(point, p -> new AtomicInteger()).incrementAndGet();
            hook.reached(point);
          }
        });
  }

  /** A node dies: nothing after this point runs, and nothing catches it. */
  public static final class Died extends VirtualMachineError {

    private static final long serialVersionUID = 1L;

    private Died(FaultPoint point) {
      super("died at " + point.label());
    }
  }

  /** Dies whenever the thread comes to that point. */
  public static Faults dieAt(FaultPoint deadly) {
    return new Faults(
        point -> {
          if (point == deadly) {
            throw new Died(point);
          }
        });
  }

  /** Does what the hook does. */
  public static Faults at(FaultHook hook) {
    return new Faults(hook);
  }

  /** How often the thread came to that point. */
  public int hits(FaultPoint point) {
    AtomicInteger count = hits.get(point);
    return count == null ? 0 : count.get();
  }

  @Override
  public void close() {
    FaultPoint.hook(null);
  }
}
