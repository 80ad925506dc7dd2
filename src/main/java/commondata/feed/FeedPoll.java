package commondata.feed;

import commondata.database.Database;
import commondata.fault.FaultPoint;
import commondata.job.DefinitionException;
import commondata.job.JobDefinition;
import commondata.schedule.Poll;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Looks for the files of one feed and takes each from {@code incoming} to its end. Any number of
 * nodes may poll one directory. A poll takes one file:
 *
 * <ol>
 *   <li><b>claimed</b>: the content's row is written into {@code commondata.file}, by its SHA-256.
 *       A node that dies here leaves the file in {@code incoming}; the next one gets the same row,
 *       or one more that says it is a duplicate.
 *   <li><b>moved</b>: the file is renamed to {@code claimed/<id>/}. Of two nodes one is faster, the
 *       other finds nothing to rename. A node that dies here leaves it there; every poll looks
 *       there first. If the file has vanished instead, its row ends.
 *   <li><b>loaded</b> by {@link FeedLoader}, in one commit, or refused. A node that dies before
 *       that commit leaves nothing but the claimed file; its lock on the row is dropped by the
 *       server.
 *   <li><b>published</b>, if it is large and its feed says so: its events, some lines a poll, by
 *       {@link EventCuts}.
 *   <li><b>settled</b>: the row says how it ended, and the file is renamed to where such files go.
 *       A node that dies before that leaves it in {@code claimed}, where the next poll settles it
 *       by the row, without loading it again. Whether it is what was loaded is looked at once more,
 *       and by {@link LateWrites} for a while.
 * </ol>
 *
 * <p>A HELD file stays in {@code claimed} until an operator releases or rejects it, or, where the
 * feed's names have numbers, until the number before it is loaded; the poll after that goes on with
 * it. {@link Arrivals} says which files wait in {@code incoming}.
 */
public final class FeedPoll implements Poll {

  private static final Logger LOG = LoggerFactory.getLogger(FeedPoll.class);

  /** Another node may have loaded a file that owes events and has left its place. */
  private static final Duration ASK = Duration.ofMinutes(1);

  private final Feed feed;
  private final FeedLoader loader;
  private final Clock clock;
  private final EventCuts cuts;
  private final Backoff backoff;
  private final Arrivals arrivals;
  private final LateWrites late;
  private Instant ask = Instant.MIN;

  FeedPoll(Feed feed, Clock clock) {
    this.feed = feed;
    this.clock = clock;
    this.loader = new FeedLoader(feed);
    this.backoff = new Backoff(clock);
    this.cuts = new EventCuts(feed, backoff);
    this.arrivals = new Arrivals(feed, loader, clock.withZone(feed.source().zone()));
    this.late = new LateWrites(feed, arrivals, clock);
  }

  /**
   * The poll of one feed.
   *
   * @param dropRoot directory that holds the drop directories of all feeds
   * @param node name of this process
   * @throws DefinitionException if its tables can't hold what its layout says, or the server can't
   *     run its SQL
   */
  public static FeedPoll of(
      JobDefinition job, Database database, Path dropRoot, String node, Clock clock) {
    Feed feed = Feed.of(job, database.bulkLogin(job.owner()), dropRoot, node);
    return new FeedPoll(FeedCheck.fit(feed), clock);
  }

  /** The polls of those among some jobs that are feeds; else as {@link #of}. */
  public static List<FeedPoll> all(
      List<JobDefinition> jobs, Database database, Path dropRoot, String node, Clock clock) {
    return jobs.stream()
        .filter(JobDefinition::isFeed)
        .map(job -> of(job, database, dropRoot, node, clock))
        .toList();
  }

  @Override
  public String name() {
    return "feed-" + feed.name();
  }

  /** Takes one file a step further; false if there is none, or another node has them all. */
  @Override
  public boolean pollOnce() {
    MDC.put("job", feed.name());
    try {
      arrivals.endMissing();
      late.putBack();
      return settleClaimed() || publishOwed() || arrivals.takeNext(this::handle);
    } finally {
      MDC.remove("job");
      MDC.remove("run");
    }
  }

  /** Owed is owed: also if somebody has taken the file away. */
  private boolean publishOwed() {
    if (clock.instant().isBefore(ask)) {
      return false;
    }
    EventCuts.Outcome events = cuts.next();
    ask = events == EventCuts.Outcome.NONE ? clock.instant().plus(ASK) : Instant.MIN;
    return events == EventCuts.Outcome.PUBLISHED;
  }

  private boolean settleClaimed() {
    ClaimedFiles claimed = feed.drop().claimed();
    SortedSet<Long> ids = claimed.ids();
    loader.forgetGone();
    Map<Long, FileLedger.Entry> entries = feed.files().find(ids);
    return ids.stream().anyMatch(id -> settle(id, entries.get(id)));
  }

  /** Thousands may be held: of those only the name is looked at. */
  private boolean settle(long id, FileLedger.@Nullable Entry entry) {
    ClaimedFiles claimed = feed.drop().claimed();
    if (entry != null
        && entry.state() == FileLedger.State.HELD
        && claimed.holds(id, entry.name())) {
      return false;
    }
    Path file = claimed.file(id);
    if (file == null) {
      return false;
    }
    return (entry != null && entry.name().equals(DropDirectory.name(file)))
        ? handle(entry, file)
        : handleStray(id, file);
  }

  /**
   * Does what the row's state asks for; false if nothing could be done now. A file that can't be
   * moved to where it belongs waits for the next try, and those behind it do not wait for it.
   */
  private boolean handle(FileLedger.Entry entry, Path file) {
    return orLater(entry.id(), () -> handleDue(entry, file));
  }

  /** A row is committed before its file is moved here: the database has lost it, by a restore. */
  private boolean handleStray(long id, Path file) {
    return orLater(
        id,
        () -> {
          LOG.warn(
              "{}: \"{}\" has no row {} of its name in the ledger; it is put back to be claimed anew",
              feed.name(),
              file,
              id);
          return settled(feed.drop().claimed().putBack(file, id, "the ledger has no row of it"));
        });
  }

  private boolean orLater(long id, BooleanSupplier work) {
    if (!backoff.isDue(id)) {
      return false;
    }
    try {
      return work.getAsBoolean();
    } catch (FeedException e) {
      LOG.warn("{}: file {} is left where it is for now: {}", feed.name(), id, e.toString());
      backoff.failed(id);
      return false;
    }
  }

  private boolean handleDue(FileLedger.Entry entry, Path file) {
    return switch (entry.state()) {
      case CLAIMED, LOADED -> goOn(entry, file);
      case SUPERSEDED -> archive(entry, file, "");
      case DUPLICATE -> archive(entry, file, ".duplicate");
      case REJECTED -> settled(told(entry, rejected(entry, file, entry.reason())));
      case HELD, SENT, ACKNOWLEDGED -> false;
    };
  }

  /** What lies there is not what the row is about: whoever refused that promised to put it back. */
  private Path rejected(FileLedger.Entry entry, Path file, String reason) {
    if (reason.startsWith(Code.CONTENT) || hasGrown(entry, file)) {
      return putBack(entry, file);
    }
    Path target = feed.drop().reject(file, entry.id(), reason);
    late.watch(target, entry);
    return target;
  }

  /** A file that is refused because it is half a file may be one that is still being written. */
  private static boolean hasGrown(FileLedger.Entry entry, Path file) {
    try {
      return DropDirectory.Look.at(file).size() > entry.size();
    } catch (IOException e) {
      // Gone: another node has settled it.
      return false;
    }
  }

  /** Events that are owed come first: those of a file before the next file, all before archive. */
  private boolean goOn(FileLedger.Entry entry, Path file) {
    EventCuts.Outcome events = cuts.next();
    if (events != EventCuts.Outcome.NONE) {
      return events == EventCuts.Outcome.PUBLISHED;
    }
    return entry.state() == FileLedger.State.CLAIMED ? load(entry, file) : archive(entry, file, "");
  }

  private boolean load(FileLedger.Entry entry, Path file) {
    LocalDate businessDate = entry.businessDate();
    String refusal = feed.source().says(entry.name()).refusal();
    LoadOutcome outcome =
        refusal == null
            ? loader.load(entry, file, businessDate)
            : loader.refuse(entry, businessDate, new FileError(0, Code.NAME, refusal));
    FaultPoint.FILE_COMMITTED.reached();
    if (outcome instanceof LoadOutcome.Loaded loaded) {
      if (loaded.owesEvents()) {
        ask = Instant.MIN;
      } else {
        archive(entry, file, "");
      }
    } else if (outcome instanceof LoadOutcome.Rejected rejected) {
      settled(rejected(entry, file, rejected.reason()));
    } else if (outcome instanceof LoadOutcome.Changed) {
      settled(putBack(entry, file));
    } else if (outcome instanceof LoadOutcome.Failed) {
      backoff.failed(entry.id());
      return false;
    } else {
      return false;
    }
    backoff.forget(entry.id());
    return true;
  }

  /**
   * The archive shows what was loaded. A file that was written to after the commit is no such one:
   * it comes again as a file of its own, which is held, because its name was loaded with other
   * content.
   */
  private boolean archive(FileLedger.Entry entry, Path file, String suffix) {
    if (loader.isAsClaimed(entry, file)) {
      Path target = feed.drop().archive(file, entry.id(), today(), suffix);
      late.watch(target, entry);
      boolean isLoaded = entry.state() != FileLedger.State.DUPLICATE;
      return settled(isLoaded ? target : told(entry, target));
    }
    LOG.warn(
        "{}: file {} \"{}\" was written to after it was read; what is in it now is claimed anew",
        feed.name(),
        entry.id(),
        entry.name());
    return settled(putBack(entry, file));
  }

  private Path putBack(FileLedger.Entry entry, Path file) {
    String why = "%s: the content was changed after it was claimed".formatted(Code.CONTENT);
    Path back = feed.drop().claimed().putBack(file, entry.id(), why);
    arrivals.changed(back);
    return back;
  }

  /** No run took it, which would have told. A row that is just claimed has not said why yet. */
  private Path told(FileLedger.Entry entry, Path target) {
    FileLedger.Entry row = feed.files().find(List.of(entry.id())).getOrDefault(entry.id(), entry);
    LOG.info(
        "{}: file {} \"{}\" is {}: {}; it lies at \"{}\" now",
        feed.name(),
        entry.id(),
        entry.name(),
        row.state(),
        row.reason(),
        target);
    return target;
  }

  private boolean settled(@Nullable Path target) {
    FaultPoint.FILE_SETTLED.reached();
    LOG.debug("{}: file now at {}", feed.name(), target);
    return true;
  }

  private LocalDate today() {
    return LocalDate.now(clock);
  }
}
