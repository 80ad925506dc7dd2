package commondata.feed;

import commondata.database.Database;
import commondata.database.Login;
import commondata.fault.FaultPoint;
import commondata.job.DefinitionException;
import commondata.job.Exporter;
import commondata.job.JobDefinition;
import commondata.job.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes files that go out.
 *
 * <ol>
 *   <li>The rows are written to {@code outgoing/.<name>.part}, which is forced to disk.
 *   <li>Its row goes into {@code commondata.file} in the transaction that changes the state of what
 *       is in it. A crash before the commit undoes both; the hidden file is left over, and {@link
 *       #settle} removes it, because no row knows it.
 *   <li>After the commit it is renamed. A crash before that leaves it hidden; {@link #settle}
 *       renames it, because its row is there.
 * </ol>
 *
 * <p>The name holds the run's id, so no two files meet. Whoever reads {@code outgoing} sees whole
 * files only.
 */
public final class FileExport implements Exporter {

  private static final Logger LOG = LoggerFactory.getLogger(FileExport.class);
  private static final String PART = ".part";

  private final Database database;
  private final Path dropRoot;

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
      Map<String, Object> values) {
    Login login = database.bulkLogin(job.owner());
    String name =
        step.name()
            .replace("{business_date}", businessDate.toString())
            .replace("{run_id}", Long.toString(run));
    Path outgoing = new DropDirectory(dropRoot, step.feed()).outgoing();
    Path part = outgoing.resolve("." + name + PART);
    Layout layout = Layout.read(job.folder(), step.layout());
    if (!layout.named()) {
      throw new DefinitionException(
          job.folder().locationOf(step.layout())
              + ": a file that goes out is CSV whose first line names the columns");
    }
    try (OutgoingFile file = new OutgoingFile(part, layout)) {
      long rows = file.write(login, step.query(), values);
      if (rows == 0) {
        Files.deleteIfExists(part);
        return 0;
      }
      Digests.Content content = file.finish();
      force(outgoing);
      FaultPoint.EXPORT_WRITTEN.reached();
      new FileLedger(login, step.feed())
          .send(name, content.sha256(), content.size(), run, businessDate, rows);
      FaultPoint.EXPORT_RECORDED.reached();
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException("\"" + part + "\" can't be written: " + e.getMessage(), e);
    }
  }

  @Override
  public void settle(JobDefinition job) {
    for (Step step : job.steps()) {
      if (step instanceof Step.Export export) {
        settle(job, export);
      }
    }
  }

  private void settle(JobDefinition job, Step.Export step) {
    Path outgoing = new DropDirectory(dropRoot, step.feed()).outgoing();
    FileLedger files = new FileLedger(database.bulkLogin(job.owner()), step.feed());
    try (DirectoryStream<Path> parts = Files.newDirectoryStream(outgoing, ".*" + PART)) {
      for (Path part : parts) {
        String hidden = DropDirectory.name(part);
        String name = hidden.substring(1, hidden.length() - PART.length());
        if (files.isSent(name)) {
          FaultPoint.EXPORT_COMMITTED.reached();
          Files.move(part, outgoing.resolve(name), StandardCopyOption.ATOMIC_MOVE);
          FaultPoint.EXPORT_SETTLED.reached();
          LOG.info("{}: file \"{}\" is out", job.name(), name);
        } else {
          Files.deleteIfExists(part);
        }
      }
    } catch (NoSuchFileException e) {
      // Another node was faster with the same rename.
      LOG.debug("{}: {}", job.name(), e.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException("\"" + outgoing + "\" can't be settled: " + e, e);
    }
  }

  /** Makes the name of a new file durable, not only its content. */
  private static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
