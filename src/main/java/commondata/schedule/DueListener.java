package commondata.schedule;

/** Is told when a job is due. */
@FunctionalInterface
public interface DueListener {

  /** {@code job} is due, as far as this clock knows. Returns at once. */
  void due(String job);
}
