package commondata.feed;

import commondata.database.Database;
import commondata.job.DeclaredEvents;
import commondata.job.FileName;
import commondata.job.JobDefinition;
import commondata.job.RunExitCode;
import commondata.job.RunFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Does with a file all that a load does, but the commit: reads it where it lies, types, copies,
 * checks, merges, publishes, says what became of it, and rolls back. One transaction whatever the
 * file's size, a slice in memory at a time; it leaves no row, event or file behind. Meanwhile the
 * feed counts as busy, and what the file would change is locked, as in a load.
 *
 * <p>A file whose content was loaded before is not read. One that would be held is tried as if an
 * operator had released it. Thread-safe.
 */
public final class DryRun {

  private final Feed feed;
  private final Consumer<String> told;

  DryRun(Feed feed) {
    this(feed, progress -> {});
  }

  private DryRun(Feed feed, Consumer<String> told) {
    this.feed = feed;
    this.told = told;
  }

  /**
   * Dry runs of one feed.
   *
   * @param dropRoot directory that holds the drop directories of all feeds
   * @param node name of this process
   */
  public static DryRun of(JobDefinition job, Database database, Path dropRoot, String node) {
    return new DryRun(FeedCheck.fit(Feed.of(job, database.bulkLogin(job.owner()), dropRoot, node)));
  }

  /** The same, telling in words how far it is, after each slice of the file. */
  public DryRun telling(Consumer<String> listener) {
    return new DryRun(feed, listener);
  }

  /**
   * Tries a file.
   *
   * @param clock says on which day a file comes whose name has no date
   * @param errorsMax errors to bring at most
   */
  public DryRunOutcome of(Path file, Clock clock, int errorsMax) {
    String name = DropDirectory.name(file);
    LocalDate today = LocalDate.now(clock.withZone(feed.source().zone()));
    try {
      Path real = file.toRealPath();
      Digests.Content content = Digests.of(real);
      return feed.login()
          .inTransactionKeptIf(
              outcome -> false, () -> tryHeld(real, name, content, today, errorsMax));
    } catch (IOException e) {
      return new DryRunOutcome.Failed(
          RunExitCode.ENVIRONMENT, "\"" + file + "\" can't be read: " + e);
    } catch (RuntimeException e) {
      RunFailure failure = RunFailure.of(e, feed.job().timeout());
      return new DryRunOutcome.Failed(failure.exitCode(), failure.message());
    }
  }

  private DryRunOutcome tryHeld(
      Path file, String name, Digests.Content content, LocalDate today, int errorsMax) {
    FileName says = feed.source().says(name);
    String refusal = whyRefused(says, content);
    if (refusal != null) {
      return new DryRunOutcome.NotTaken(FileLedger.State.REJECTED.name(), refusal);
    }
    LocalDate businessDate = BusinessDate.of(name, says, today);
    OptionalLong started = feed.runs().startDry(feed.name(), businessDate);
    if (started.isEmpty()) {
      return new DryRunOutcome.Busy();
    }
    long run = started.getAsLong();
    DryLedger ledger = new DryLedger(feed.login(), run);
    ledger.mark();
    ClaimOutcome claim = feed.claim(name, content, today);
    DryRunOutcome notTaken = notTaken(claim, ledger);
    if (notTaken != null) {
      return notTaken;
    }
    FileLedger.Entry its = ((ClaimOutcome.Claimed) claim).entry();
    String held = its.state() == FileLedger.State.HELD ? ledger.reason(its.id()) : null;
    // What it has locked, every claim of the feed would wait for until the end.
    ledger.rollBackToMark();
    FileLedger.Entry entry = claimAside(its);
    if (!feed.files().hold(entry.id()) || isBegun(entry, run)) {
      return new DryRunOutcome.Busy();
    }
    StagedFile staged = new StagedFile(feed, entry, run, businessDate);
    WholeFile whole =
        new SlicedLoad(feed, entry, run).inOne(file, progress -> told.accept(progress.inWords()));
    // Nothing of it is kept: if it changed meanwhile, what is told says what was found.
    staged.finish(whole, file, () -> {});
    DryRunOutcome.Tried tried = ended(feed, entry.id(), run, errorsMax);
    return held == null ? tried : new DryRunOutcome.Held(held, tried);
  }

  private @Nullable String whyRefused(FileName says, Digests.Content content) {
    String tooLarge = feed.source().whyTooLarge(content.size());
    String name = says.refusal();
    return tooLarge == null && name != null
        ? new FileError(0, Code.NAME, name).toString()
        : tooLarge;
  }

  /**
   * What has become of a file in the open transaction, once what a commit would check is checked.
   *
   * @param errorsMax errors to bring at most
   */
  static DryRunOutcome.Tried ended(Feed feed, long file, long run, int errorsMax) {
    EventCuts cuts = new EventCuts(feed, new Backoff(Clock.systemUTC()));
    while (cuts.publish(file)) {
      // The next cut, in the same transaction.
    }
    DeclaredEvents.require(feed.job(), feed.login());
    DryLedger ledger = new DryLedger(feed.login(), run);
    ledger.checkDeferred();
    return ledger.tried(file, new FileErrors(feed.login()).first(file, errorsMax));
  }

  /**
   * The row of a file that was claimed before, or one that no other claim of the feed waits for: as
   * if it had no number, and content that comes no second time. Of one that is held it bears
   * another name, too, because it may be held for its name.
   */
  private FileLedger.Entry claimAside(FileLedger.Entry its) {
    boolean held = its.state() == FileLedger.State.HELD;
    FileLedger.Entry before = feed.files().find(List.of(its.id())).get(its.id());
    if (before != null && !held) {
      return before;
    }
    String name = held ? "dry run of " + its.name() : its.name();
    Digests.Content other = new Digests.Content("dry run of " + its.sha256(), its.size());
    boolean supersedes = feed.source().supersedes();
    ClaimOutcome claim =
        feed.files().claim(name, other, FileName.ANY, its.businessDate(), supersedes);
    if (claim instanceof ClaimOutcome.Claimed claimed
        && claimed.entry().state() == FileLedger.State.CLAIMED) {
      return new FileLedger.Entry(
          claimed.entry().id(),
          its.state(),
          its.name(),
          its.sha256(),
          its.size(),
          its.businessDate(),
          "");
    }
    throw new IllegalStateException("another file of the feed came first: try again");
  }

  private static @Nullable DryRunOutcome notTaken(ClaimOutcome claim, DryLedger ledger) {
    if (claim instanceof ClaimOutcome.Waits waits) {
      return new DryRunOutcome.NotTaken(
          "WAITING",
          "file %d (%s, %s) must end first"
              .formatted(waits.other().id(), waits.other().name(), waits.other().state()));
    }
    FileLedger.Entry entry = ((ClaimOutcome.Claimed) claim).entry();
    return entry.state() == FileLedger.State.CLAIMED || entry.state() == FileLedger.State.HELD
        ? null
        : new DryRunOutcome.NotTaken(entry.state().name(), ledger.reason(entry.id()));
  }

  /** Whether a node has loaded a part of this very file and died. */
  private boolean isBegun(FileLedger.Entry entry, long run) {
    return !new LoadLedger(feed.login(), entry.id(), run).slices().isEmpty();
  }
}
