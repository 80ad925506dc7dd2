package commondata.feed;

import commondata.database.Database;
import commondata.database.Login;
import commondata.fault.FaultPoint;
import commondata.job.DefinitionException;
import commondata.job.Exporter;
import commondata.job.JobDefinition;
import commondata.job.RunLedger;
import commondata.job.Step;
import commondata.job.StepClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes files that go out.
 *
 * <ol>
 *   <li>The rows are written to a {@link PartFile} in {@code outgoing}, which is forced to disk.
 *   <li>Its row goes into {@code commondata.file} in the transaction that changes the state of what
 *       is in it. A crash before the commit undoes both; the hidden file is left over, and {@link
 *       #removeLeft} removes it when the job runs next: its run has ended, and no row knows it.
 *   <li>After the commit it is renamed. A crash before that leaves it hidden; {@link #settle}
 *       renames it, because its row is there.
 * </ol>
 *
 * <p>The name holds the run's id, so no two files meet. Whoever reads {@code outgoing} sees whole
 * files only. What becomes of them there is the matter of {@link Acknowledgements}.
 */
public final class FileExport implements Exporter {

  private final Database database;
  private final Path dropRoot;

  /** Files of which it was told that they can't be renamed or removed. */
  private final Set<Path> told = ConcurrentHashMap.newKeySet();

  public FileExport(Database database, Path dropRoot) {
    this.database = database;
    this.dropRoot = dropRoot;
  }

  @Override
  public long write(
      JobDefinition job,
      Step.Export step,
      long run,
      LocalDate businessDate,
      Map<String, Object> values,
      StepClock clock) {
    Login login = database.bulkLogin(job.owner());
    Layout layout = layout(job, step);
    OutgoingDirectory outgoing = outgoing(step);
    PartFile part = outgoing.begin(businessDate, run);
    try (OutgoingFile file = new OutgoingFile(part.path(), layout)) {
      long rows = file.write(login, step.query(), values, clock);
      if (rows == 0) {
        part.discard();
        return 0;
      }
      Digests.Content content = file.finish();
      outgoing.force();
      FaultPoint.EXPORT_WRITTEN.reached();
      new SentLedger(login, step.feed())
          .send(
              new SentLedger.Sent(part.name(), content, run, businessDate, rows),
              step.acknowledgedWithin());
      FaultPoint.EXPORT_RECORDED.reached();
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException("\"" + part.path() + "\" can't be written: " + e, e);
    }
  }

  private OutgoingDirectory outgoing(Step.Export step) {
    return new OutgoingDirectory(dropRoot, step, told);
  }

  @Override
  public void check(JobDefinition job) {
    requireLayouts(job);
  }

  /** Reads and checks the layouts of what a job sends. */
  static void requireLayouts(JobDefinition job) {
    exports(job).forEach(step -> layout(job, step));
  }

  private static Layout layout(JobDefinition job, Step.Export step) {
    Layout layout = Layout.read(job.folder(), step.layout());
    String why = OutgoingFile.whyNot(layout);
    if (why != null) {
      throw new DefinitionException(job.folder().locationOf(step.layout()) + ": " + why);
    }
    return layout;
  }

  /** The files that a job sends. */
  static List<Step.Export> exports(JobDefinition job) {
    return job.steps().stream()
        .filter(Step.Export.class::isInstance)
        .map(Step.Export.class::cast)
        .toList();
  }

  @Override
  public void settle(JobDefinition job) {
    for (Step.Export step : exports(job)) {
      SentLedger files = new SentLedger(database.bulkLogin(job.owner()), step.feed());
      outgoing(step).settle(files::isSent);
    }
  }

  @Override
  public void removeLeft(JobDefinition job) {
    Login login = database.bulkLogin(job.owner());
    RunLedger runs = new RunLedger(login, "");
    for (Step.Export step : exports(job)) {
      SentLedger files = new SentLedger(login, step.feed());
      outgoing(step).removeLeft(run -> runs.isEnded(job.name(), run), files::isSent);
    }
  }
}
