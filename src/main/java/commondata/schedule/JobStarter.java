package commondata.schedule;

import java.time.LocalDate;

/** Runs a job that has become due. */
@FunctionalInterface
public interface JobStarter {

  /** Runs {@code job} for {@code businessDate}; returns when it is finished or was not needed. */
  void start(String job, LocalDate businessDate);
}
