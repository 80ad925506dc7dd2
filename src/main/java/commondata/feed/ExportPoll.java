package commondata.feed;

import commondata.database.Database;
import commondata.database.Login;
import commondata.job.Exporter;
import commondata.job.JobDefinition;
import commondata.job.Step;
import commondata.schedule.Poll;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.MDC;

/**
 * Looks after the files that one job has sent: gives those their name that a node left hidden when
 * it died, and takes acknowledgements. The job itself may run once a day. Any number of nodes may
 * do so.
 */
public final class ExportPoll implements Poll {

  private final JobDefinition job;
  private final Exporter exporter;
  private final List<Acknowledgements> acknowledgements;

  private ExportPoll(JobDefinition job, Exporter exporter, Database database, Path dropRoot) {
    Login login = database.login(job.owner());
    this.job = job;
    this.exporter = exporter;
    this.acknowledgements =
        FileExport.exports(job).stream()
            .map(Step.Export::feed)
            .distinct()
            .map(
                feed ->
                    new Acknowledgements(
                        feed, new DropDirectory(dropRoot, feed), new SentLedger(login, feed)))
            .toList();
  }

  /**
   * The polls of those among some jobs that send files.
   *
   * @param exporter that of the node's runs
   * @param dropRoot directory that holds the drop directories of all feeds
   */
  public static List<ExportPoll> all(
      List<JobDefinition> jobs, Exporter exporter, Database database, Path dropRoot) {
    return jobs.stream()
        .filter(job -> !FileExport.exports(job).isEmpty())
        .map(job -> new ExportPoll(job, exporter, database, dropRoot))
        .toList();
  }

  @Override
  public String name() {
    return "export-" + job.name();
  }

  /** Takes what is acknowledged; false if nothing is. */
  @Override
  public boolean pollOnce() {
    MDC.put("job", job.name());
    try {
      exporter.settle(job);
      boolean worked = false;
      for (Acknowledgements each : acknowledgements) {
        worked |= each.take();
      }
      return worked;
    } finally {
      MDC.remove("job");
    }
  }
}
