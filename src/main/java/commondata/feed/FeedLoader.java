package commondata.feed;

import commondata.fault.FaultPoint;
import commondata.job.Counts;
import commondata.job.ExitCode;
import commondata.job.RunFailure;
import commondata.job.StartedBy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.time.LocalDate;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads one claimed file: one run, and one transaction under the feed's login, that
 *
 * <ol>
 *   <li>locks the run and the file's row (the locks are the lease: they end with the connection),
 *   <li>streams every record into staging and every error into {@code commondata.file_reject},
 *   <li>compares the content's hash with the one that was claimed,
 *   <li>runs the job's checks, which refuse further records,
 *   <li>refuses the whole file if header, trailer, control totals or the reject limit say so,
 *   <li>else removes refused records from staging and runs the job's SQL: target rows and events,
 *   <li>empties staging and ends file and run.
 * </ol>
 *
 * <p>On a crash before the commit nothing of it has happened; the file is still CLAIMED, and the
 * next poll begins at 1. After the commit the row says how the file ended, and nothing is done
 * twice. A refused file commits too: its rejects and its end, without target rows or events.
 *
 * <p>A job that is itself wrong (an SQL error) is rolled back; the file is then refused in a
 * transaction of its own, so that it does not stop the files behind it.
 */
final class FeedLoader {

  private static final Logger LOG = LoggerFactory.getLogger(FeedLoader.class);

  private final Feed feed;

  FeedLoader(Feed feed) {
    this.feed = feed;
  }

  /** Loads a claimed file. */
  LoadOutcome load(FileLedger.Entry entry, Path file, LocalDate businessDate) {
    OptionalLong started =
        feed.runs()
            .start(
                feed.name(),
                businessDate,
                StartedBy.FILE,
                Map.of("file", Long.toString(entry.id()), "name", entry.name()));
    if (started.isEmpty()) {
      return new LoadOutcome.Busy();
    }
    long run = started.getAsLong();
    long began = System.nanoTime();
    try {
      FaultPoint.FILE_STARTED.reached();
      LoadOutcome outcome =
          feed.login().inTransaction(() -> loadHeld(entry, file, businessDate, run));
      LOG.info(
          "{}: run {} took file {} \"{}\" in {} ms: {}",
          feed.name(),
          run,
          entry.id(),
          entry.name(),
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began),
          outcome);
      return outcome;
    } catch (ChangedContentException e) {
      return endChanged(entry, businessDate, run);
    } catch (RuntimeException e) {
      return failed(entry, businessDate, run, e);
    }
  }

  private LoadOutcome loadHeld(
      FileLedger.Entry entry, Path file, LocalDate businessDate, long run) {
    if (!feed.runs().hold(run)) {
      return new LoadOutcome.Busy();
    }
    if (!feed.files().hold(entry.id())) {
      feed.runs()
          .finish(run, ExitCode.CLEAN, Counts.NONE, "file " + entry.id() + " is done already");
      return new LoadOutcome.Busy();
    }
    FaultPoint.FILE_LOCKED.reached();
    StagedFile staged = new StagedFile(feed, entry.id(), run, businessDate);
    FileReading.Result read = read(entry, file, staged);
    FaultPoint.FILE_STAGED.reached();
    LoadOutcome outcome = staged.finish(read);
    FaultPoint.FILE_FINISHED.reached();
    return outcome;
  }

  private FileReading.Result read(FileLedger.Entry entry, Path file, StagedFile staged) {
    try (DigestInputStream in = Digests.open(file, Digests.sha256())) {
      FileReading.Result result = staged.copy(in);
      in.transferTo(java.io.OutputStream.nullOutputStream());
      if (!Digests.hex(in.getMessageDigest()).equals(entry.sha256())) {
        throw new ChangedContentException(entry.id());
      }
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException("\"" + file + "\" can't be read: " + e.getMessage(), e);
    }
  }

  /** The claimed content does not exist any more: its row ends, the file gets another. */
  private LoadOutcome endChanged(FileLedger.Entry entry, LocalDate businessDate, long run) {
    String reason = "the content was changed after it was claimed; it is claimed anew";
    refuse(entry, businessDate, run, new FileError(0, Code.CONTENT, reason), ExitCode.REJECTED);
    return new LoadOutcome.Changed();
  }

  private LoadOutcome failed(
      FileLedger.Entry entry, LocalDate businessDate, long run, RuntimeException error) {
    RunFailure failure = RunFailure.of(error);
    LOG.error("{}: run {} failed on file {}: {}", feed.name(), run, entry.id(), failure.message());
    LOG.debug("{}: run {}", feed.name(), run, error);
    try {
      if (failure.isEnvironment()) {
        feed.runs().fail(run, failure, Counts.NONE);
        return new LoadOutcome.Failed(failure.message());
      }
      FileError reason = new FileError(0, Code.JOB, failure.message());
      refuse(entry, businessDate, run, reason, failure.exitCode());
      return new LoadOutcome.Rejected(reason.toString());
    } catch (RuntimeException e) {
      // Without a database the run stays unheld and the file claimed: a later poll begins anew.
      error.addSuppressed(e);
      return new LoadOutcome.Failed(failure.message());
    }
  }

  private void refuse(
      FileLedger.Entry entry, LocalDate businessDate, long run, FileError reason, int exitCode) {
    feed.login()
        .inTransactionDo(
            () -> {
              if (feed.runs().hold(run) && feed.files().hold(entry.id())) {
                new StagedFile(feed, entry.id(), run, businessDate).refuseUnread(reason, exitCode);
              }
            });
  }

  private static final class ChangedContentException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ChangedContentException(long file) {
      super("file " + file + " changed");
    }
  }
}
