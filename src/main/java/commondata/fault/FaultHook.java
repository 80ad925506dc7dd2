package commondata.fault;

/** What happens where a {@link FaultPoint} is reached: nothing, a pause, an error, or the end. */
@FunctionalInterface
public interface FaultHook {

  /**
   * Called on the thread that does the work, each time. An {@link Error} thrown here leaves like
   * the death of the process would: nothing of the kit catches it, and what is open is rolled back.
   */
  void reached(FaultPoint point);
}
