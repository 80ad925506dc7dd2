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
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

  private static final Logger LOG = LoggerFactory.getLogger(FileExport.class);

  private final Database database;
  private final Path dropRoot;

  /** Files of which it was told that they can't be renamed or removed. */
  private final Set<Path> stuck = ConcurrentHashMap.newKeySet();

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
    String name =
        step.name()
            .replace("{business_date}", businessDate.toString())
            .replace("{run_id}", Long.toString(run));
    Path outgoing = new DropDirectory(dropRoot, step.feed()).outgoing();
    Layout layout = layout(job, step);
    PartFile part = begin(outgoing, name);
    try (OutgoingFile file = new OutgoingFile(part.path(), layout)) {
      long rows = file.write(login, step.query(), values, clock);
      if (rows == 0) {
        part.discard();
        return 0;
      }
      Digests.Content content = file.finish();
      force(outgoing);
      FaultPoint.EXPORT_WRITTEN.reached();
      new SentLedger(login, step.feed())
          .send(
              new SentLedger.Sent(name, content, run, businessDate, rows),
              step.acknowledgedWithin());
      FaultPoint.EXPORT_RECORDED.reached();
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException("\"" + part.path() + "\" can't be written: " + e, e);
    }
  }

  /** After a restore of the database numbers are given out again: one of the name may be left. */
  private static PartFile begin(Path outgoing, String name) {
    PartFile.in(outgoing).stream()
        .filter(other -> other.name().equals(name))
        .forEach(FileExport::remove);
    return new PartFile(outgoing.resolve(name));
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
      for (PartFile part : parts(step)) {
        if (files.isSent(part.name())) {
          FaultPoint.EXPORT_COMMITTED.reached();
          settle(job, part);
        }
      }
    }
  }

  @Override
  public void removeLeft(JobDefinition job) {
    Login login = database.bulkLogin(job.owner());
    RunLedger runs = new RunLedger(login, "");
    for (Step.Export step : exports(job)) {
      SentLedger files = new SentLedger(login, step.feed());
      Pattern names = namesOf(step);
      for (PartFile part : parts(step)) {
        Matcher name = names.matcher(part.name());
        // Asked in this order: a run that has ended will not send it any more.
        if (name.matches()
            && runs.isEnded(job.name(), Long.parseLong(name.group(1)))
            && !files.isSent(part.name())) {
          removeLeft(job, part);
        }
      }
    }
  }

  /** What files of a step are called; the group is the run's id. */
  static Pattern namesOf(Step.Export step) {
    String[] pieces = step.name().split("\\{run_id}", -1);
    StringBuilder regex = new StringBuilder(literal(pieces[0]));
    for (int i = 1; i < pieces.length; i++) {
      regex.append(i == 1 ? "([0-9]{1,18})" : "\\1").append(literal(pieces[i]));
    }
    return Pattern.compile(regex.toString());
  }

  private static String literal(String piece) {
    return Arrays.stream(piece.split("\\{business_date}", -1))
        .map(Pattern::quote)
        .collect(Collectors.joining("[0-9-]{10}"));
  }

  private List<PartFile> parts(Step.Export step) {
    return PartFile.in(DropDirectory.outgoing(dropRoot, step.feed()));
  }

  /** One that can't get its name is tried again, and those behind it do not wait for it. */
  private void settle(JobDefinition job, PartFile part) {
    try {
      part.replace();
      stuck.remove(part.path());
      FaultPoint.EXPORT_SETTLED.reached();
      LOG.info("{}: file \"{}\" is out", job.name(), part.name());
    } catch (NoSuchFileException e) {
      // Another node was faster with the same rename.
      LOG.debug("{}", e.getMessage());
    } catch (IOException e) {
      tell(job, part, "can't get its name", e);
    }
  }

  private void removeLeft(JobDefinition job, PartFile part) {
    try {
      Files.deleteIfExists(part.path());
    } catch (IOException e) {
      tell(job, part, "is left of a run that failed, and can't be removed", e);
    }
  }

  private void tell(JobDefinition job, PartFile part, String what, IOException e) {
    if (stuck.add(part.path())) {
      LOG.warn(
          "{}: file \"{}\" {}; it lies at \"{}\" until the next try: {}",
          job.name(),
          part.name(),
          what,
          part.path(),
          e.toString());
    }
  }

  private static void remove(PartFile part) {
    try {
      Files.deleteIfExists(part.path());
    } catch (IOException e) {
      throw new UncheckedIOException("\"" + part.path() + "\" can't be removed: " + e, e);
    }
  }

  /** Makes the name of a new file durable, not only its content. */
  static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
