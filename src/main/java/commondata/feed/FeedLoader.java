package commondata.feed;

import commondata.fault.FaultPoint;
import commondata.job.Counts;
import commondata.job.DeclaredEvents;
import commondata.job.RunExitCode;
import commondata.job.RunFailure;
import commondata.job.StartedBy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.event.Level;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Loads one claimed file: one run under the feed's login.
 *
 * <ol>
 *   <li>A transaction locks the run and the file's row; the locks are the lease: they end with the
 *       connection. It stays open until the end.
 *   <li>{@link SlicedLoad} brings every record into the feed's table and every error into {@code
 *       commondata.file_reject}: in the open transaction, or, if the file is large, slice by slice
 *       in commits of their own. The content's hash is compared with the one that was claimed.
 *   <li>The job's checks refuse further records; {@link RejectedRecords} finds them in the file.
 *   <li>Header, trailer, control totals or the reject limit may refuse the whole file.
 *   <li>Else refused records are removed from the table and the job's SQL runs: target rows and
 *       events.
 *   <li>Staging is emptied, file and run are ended. If somebody has written to the file since it
 *       was read, all of it is undone.
 *   <li>The transaction commits: now, and not before, the file's rows are visible.
 * </ol>
 *
 * <p>On a crash before the commit nobody has seen anything of it; the file is still CLAIMED, and
 * the next poll begins at 1 and goes on behind the slices that were committed. After the commit the
 * row says how the file ended, and nothing is done twice. A refused file commits too: its rejects
 * and its end, without target rows or events.
 *
 * <p>A job that is itself wrong (an SQL error) is rolled back; the file is then refused in a
 * transaction of its own, so that it does not stop the files behind it.
 */
final class FeedLoader {

  private static final Logger LOG = LoggerFactory.getLogger(FeedLoader.class);

  /** What is said of a file that somebody took away. */
  static final FileError GONE =
      new FileError(0, Code.CONTENT, "the file was removed after it was claimed; hand it in again");

  private final Feed feed;
  private final DeadlyFiles deadly;
  private final StandingLoads standing;
  private final RejectedLoads rejected;

  /** What is in claimed files, by what was read of them. */
  private final KnownContent contents = new KnownContent();

  FeedLoader(Feed feed) {
    this(feed, new StandingLoads(feed, StandingLoads.PATIENCE));
  }

  FeedLoader(Feed feed, StandingLoads standing) {
    this.feed = feed;
    this.standing = standing;
    this.rejected = new RejectedLoads(feed);
    this.deadly = new DeadlyFiles(feed.login(), feed.name());
  }

  /** Whether a claimed file has the content that was claimed; it is read if it may have another. */
  boolean isAsClaimed(FileLedger.Entry entry, Path file) {
    try {
      return contents.isStill(file, entry.sha256());
    } catch (IOException e) {
      throw new FeedException("\"%s\" can't be read".formatted(file), e);
    }
  }

  /** Forgets what was in files that are gone. */
  void forgetGone() {
    contents.forgetGone();
  }

  /**
   * Loads a claimed file. A large one waits for its turn: its workers need connections while its
   * own is held, and other feeds of the login may want the same.
   */
  LoadOutcome load(FileLedger.Entry entry, Path file, LocalDate businessDate) {
    return feed.isLarge(entry.size())
        ? feed.login().turns().holding(() -> loadNow(entry, file, businessDate))
        : loadNow(entry, file, businessDate);
  }

  private LoadOutcome loadNow(FileLedger.Entry entry, Path file, LocalDate businessDate) {
    if (deadly.rests(entry.id())) {
      return new LoadOutcome.Failed("nodes have died of it");
    }
    String leftovers = discardRejected();
    if (leftovers != null) {
      return new LoadOutcome.Failed(leftovers);
    }
    OptionalLong started = start(entry, businessDate);
    if (started.isEmpty()) {
      return new LoadOutcome.Busy();
    }
    long run = started.getAsLong();
    MDC.put("run", Long.toString(run));
    // The start has given up the run of a node that died.
    return deadly.rests(entry.id()) ? rest(entry, run) : load(entry, file, businessDate, run);
  }

  /**
   * Before the run is started: this may take minutes, and a run that nobody holds is given up after
   * seconds, as if its node had died of the file. Says why it can't be done; null if it is.
   */
  private @Nullable String discardRejected() {
    try {
      rejected.discard();
      return null;
    } catch (RuntimeException e) {
      String why = RunFailure.of(e, feed.job().timeout()).message();
      LOG.error("{}: rows of a rejected file can't be removed: {}", feed.name(), why);
      LOG.debug("{}", feed.name(), e);
      return why;
    }
  }

  private LoadOutcome rest(FileLedger.Entry entry, long run) {
    String message =
        "three nodes or more have died while they loaded file %d (%s): it rests, and those behind it go first; if it never ends, refuse it with \"file reject\""
            .formatted(entry.id(), entry.name());
    LOG.warn("{}: {}", feed.name(), message);
    feed.runs().fail(run, new RunFailure(RunExitCode.ENVIRONMENT, message), Counts.NONE);
    return new LoadOutcome.Failed(message);
  }

  private LoadOutcome load(FileLedger.Entry entry, Path file, LocalDate businessDate, long run) {
    long began = System.nanoTime();
    try {
      FaultPoint.FILE_STARTED.reached();
      LoadOutcome outcome =
          feed.login().inTransaction(() -> loadHeld(entry, file, businessDate, run));
      LOG.atLevel(outcome instanceof LoadOutcome.Rejected ? Level.WARN : Level.INFO)
          .log(
              "{}: run {} took file {} \"{}\" in {} ms: {}",
              feed.name(),
              run,
              entry.id(),
              entry.name(),
              TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began),
              outcome.inWords());
      return outcome;
    } catch (ChangedContentException e) {
      return endChanged(entry, businessDate, run);
    } catch (RuntimeException e) {
      return NestedExceptionUtils.getMostSpecificCause(e) instanceof NoSuchFileException
          ? endGone(entry, businessDate, run)
          : failed(entry, businessDate, run, e);
    } catch (StackOverflowError e) {
      // What is in this file needs too deep calls: that must not stop the files behind it.
      return failed(entry, businessDate, run, new IllegalStateException("the stack is full", e));
    }
  }

  /** Refuses a claimed file that nobody needs to read. */
  LoadOutcome refuse(FileLedger.Entry entry, LocalDate businessDate, FileError reason) {
    OptionalLong started = start(entry, businessDate);
    if (started.isEmpty()) {
      return new LoadOutcome.Busy();
    }
    LOG.warn("{}: file {} is refused: {}", feed.name(), entry.id(), reason);
    return refuse(entry, businessDate, started.getAsLong(), reason, RunExitCode.REJECTED);
  }

  private OptionalLong start(FileLedger.Entry entry, LocalDate businessDate) {
    OptionalLong started =
        feed.runs()
            .start(
                feed.name(),
                businessDate,
                StartedBy.FILE,
                Map.of("file", Long.toString(entry.id()), "name", entry.name()));
    if (started.isEmpty()) {
      standing.end();
    }
    return started;
  }

  private LoadOutcome loadHeld(
      FileLedger.Entry entry, Path file, LocalDate businessDate, long run) {
    if (!isHeld(entry, run)) {
      return new LoadOutcome.Busy();
    }
    if (feed.events().owed().isPresent()) {
      feed.runs()
          .finish(run, RunExitCode.CLEAN, Counts.NONE, "the events of another file come first");
      return new LoadOutcome.Busy();
    }
    FaultPoint.FILE_LOCKED.reached();
    StagedFile staged = new StagedFile(feed, entry, run, businessDate);
    SlicedLoad load = new SlicedLoad(feed, entry, run);
    DropDirectory.Look look = look(file);
    WholeFile whole =
        feed.isLarge(entry.size()) ? load.inSlices(file) : load.inOne(file, progress -> {});
    contents.note(file, look, new Digests.Content(entry.sha256(), entry.size()));
    FaultPoint.FILE_STAGED.reached();
    LoadOutcome outcome = staged.finish(whole, file, () -> requireAsClaimed(entry, file));
    DeclaredEvents.require(feed.job(), feed.login());
    FaultPoint.FILE_FINISHED.reached();
    requireAsClaimed(entry, file);
    return outcome;
  }

  private static DropDirectory.Look look(Path file) {
    try {
      return DropDirectory.Look.at(file);
    } catch (IOException e) {
      throw new UncheckedIOException("\"" + file + "\" can't be looked at", e);
    }
  }

  /** Checks, merge and events may take long: what came into the file meanwhile is not loaded. */
  private void requireAsClaimed(FileLedger.Entry entry, Path file) {
    Lease lease =
        new Lease(new JdbcTemplate(feed.login().dataSource()), "check of file " + entry.id());
    if (!lease.during(() -> isAsClaimed(entry, file))) {
      throw new ChangedContentException(entry.id());
    }
  }

  /** Whether the open transaction has run and file; a run without its file ends. */
  private boolean isHeld(FileLedger.Entry entry, long run) {
    if (!feed.runs().hold(run)) {
      return false;
    }
    if (feed.files().hold(entry.id())) {
      return true;
    }
    feed.runs()
        .finish(run, RunExitCode.CLEAN, Counts.NONE, "file " + entry.id() + " is done already");
    return false;
  }

  /** The claimed content does not exist any more: its row ends, the file gets another. */
  private LoadOutcome endChanged(FileLedger.Entry entry, LocalDate businessDate, long run) {
    String reason = "the content was changed after it was claimed; it is claimed anew";
    FileError error = new FileError(0, Code.CONTENT, reason);
    LoadOutcome ended = refuse(entry, businessDate, run, error, RunExitCode.REJECTED);
    return ended instanceof LoadOutcome.Busy ? ended : new LoadOutcome.Changed();
  }

  /**
   * Somebody took the file away while this node had it: its row ends, so that the same content is
   * no duplicate when it comes again.
   */
  private LoadOutcome endGone(FileLedger.Entry entry, LocalDate businessDate, long run) {
    return refuse(entry, businessDate, run, GONE, RunExitCode.REJECTED);
  }

  private LoadOutcome failed(
      FileLedger.Entry entry, LocalDate businessDate, long run, RuntimeException error) {
    RunFailure failure = RunFailure.of(error, feed.job().timeout());
    LOG.error("{}: run {} failed on file {}: {}", feed.name(), run, entry.id(), failure.message());
    LOG.debug("{}: run {}", feed.name(), run, error);
    if (failure.isEnvironment()) {
      return stays(run, failure);
    }
    try {
      FileError reason = new FileError(0, Code.JOB, failure.message());
      return refuse(entry, businessDate, run, reason, failure.exitCode());
    } catch (RuntimeException e) {
      String message =
          "%s (and the file can't be refused: %s)"
              .formatted(failure.message(), RunFailure.of(e, feed.job().timeout()).message());
      LOG.error("{}: run {}: {}", feed.name(), run, message);
      LOG.debug("{}: run {}", feed.name(), run, e);
      return stays(run, new RunFailure(failure.exitCode(), message));
    }
  }

  /** The file stays claimed, and a later poll begins anew; the run says why. */
  private LoadOutcome stays(long run, RunFailure failure) {
    try {
      feed.runs().fail(run, failure, Counts.NONE);
    } catch (RuntimeException e) {
      // Without a database the run stays unheld: the next start marks it ABANDONED.
      LOG.debug("{}: run {} can't be ended", feed.name(), run, e);
    }
    return new LoadOutcome.Failed(failure.message());
  }

  /** Busy: another has the file, which is then none of this node's business. */
  private LoadOutcome refuse(
      FileLedger.Entry entry, LocalDate businessDate, long run, FileError reason, int exitCode) {
    return feed.login()
        .inTransaction(
            () -> {
              if (!isHeld(entry, run)) {
                return new LoadOutcome.Busy();
              }
              new StagedFile(feed, entry, run, businessDate).refuseUnread(reason, exitCode);
              return new LoadOutcome.Rejected(reason.toString());
            });
  }
}
