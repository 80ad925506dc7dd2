package commondata.job;

import java.time.LocalDate;
import java.util.Map;

/** Writes the files of export steps. */
public interface Exporter {

  /**
   * Writes the file under a hidden name and its row into the ledger, in the open transaction.
   * Without rows there is no file.
   *
   * @return rows in the file
   */
  long write(
      JobDefinition job,
      Step.Export step,
      long run,
      LocalDate businessDate,
      Map<String, Object> values);

  /**
   * Gives files of committed runs their names and removes those of runs that were rolled back.
   * Called when no run of the job is under way but the caller's; repeatable.
   */
  void settle(JobDefinition job);
}
