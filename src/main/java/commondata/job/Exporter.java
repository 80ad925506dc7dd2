package commondata.job;

import java.time.LocalDate;
import java.util.Map;

/** Writes the files of export steps. */
public interface Exporter {

  /**
   * Writes the file under a hidden name and its row into the ledger, in the open transaction.
   * Without rows there is no file.
   *
   * @param clock is asked before the query, and now and then while its rows are written
   * @return rows in the file
   */
  long write(
      JobDefinition job,
      Step.Export step,
      long run,
      LocalDate businessDate,
      Map<String, Object> values,
      StepClock clock);

  /**
   * Refuses a job whose files it could not write as they are declared.
   *
   * @throws DefinitionException with a sentence that says why
   */
  void check(JobDefinition job);

  /** Gives files of committed runs their names; repeatable, at any time. */
  void settle(JobDefinition job);

  /** Removes what runs of the job have left that ended without a commit; repeatable. */
  void removeLeft(JobDefinition job);
}
