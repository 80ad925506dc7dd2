package commondata.feed;

import commondata.database.Database;
import commondata.fault.FaultPoint;
import commondata.job.FileName;
import commondata.job.JobCatalog;
import commondata.job.JobDefinition;
import commondata.schedule.Poll;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 *       A node that dies here leaves the file in {@code incoming}; the next one gets the same row.
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
 *       by the row, without loading it again.
 * </ol>
 *
 * <p>A HELD file stays in {@code claimed} until an operator releases it, or, where the feed's names
 * have numbers, until the number before it is loaded; the poll after that loads it.
 */
public final class FeedPoll implements Poll {

  private static final Logger LOG = LoggerFactory.getLogger(FeedPoll.class);

  private final Feed feed;
  private final FeedLoader loader;
  private final Clock clock;
  private final EventCuts cuts;
  private final Backoff backoff;
  private final Readiness readiness;
  private final Set<String> unreadable = new HashSet<>();

  /** Files that were claimed and could not be found then. */
  private final Set<Long> missing = new HashSet<>();

  FeedPoll(Feed feed, Clock clock) {
    this.feed = feed;
    this.clock = clock;
    this.loader = new FeedLoader(feed);
    this.backoff = new Backoff(clock);
    this.cuts = new EventCuts(feed, backoff);
    this.readiness = new Readiness(feed.source().ready(), clock);
  }

  /**
   * The poll of one feed.
   *
   * @param dropRoot directory that holds the drop directories of all feeds
   * @param node name of this process
   */
  public static FeedPoll of(
      JobDefinition job, Database database, Path dropRoot, String node, Clock clock) {
    Feed feed = Feed.of(job, database.bulkLogin(job.owner()), dropRoot, node);
    return new FeedPoll(feed, clock);
  }

  /** The polls of all feeds of a catalog. */
  public static List<FeedPoll> all(
      JobCatalog jobs, Database database, Path dropRoot, String node, Clock clock) {
    return jobs.all().stream()
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
      endMissing();
      return settleClaimed() || takeNext();
    } finally {
      MDC.remove("job");
      MDC.remove("run");
    }
  }

  private boolean settleClaimed() {
    Map<Long, Path> claimed = feed.drop().claimed();
    if (claimed.isEmpty()) {
      return false;
    }
    Map<Long, FileLedger.Entry> entries = feed.files().find(claimed.keySet());
    boolean worked = false;
    for (Map.Entry<Long, Path> file : claimed.entrySet()) {
      FileLedger.Entry entry = entries.get(file.getKey());
      if (entry != null && !worked) {
        worked = handle(entry, file.getValue());
      }
    }
    return worked;
  }

  /**
   * Ends the rows of files that were taken away between claim and rename: else the same content
   * would be a duplicate for ever of what was never loaded. A file that another node has renamed
   * lies in claimed, or is done.
   */
  private void endMissing() {
    if (missing.isEmpty()) {
      return;
    }
    Map<Long, FileLedger.Entry> entries = feed.files().find(missing);
    for (Long id : List.copyOf(missing)) {
      FileLedger.Entry entry = entries.get(id);
      if (entry == null || isDone(entry)) {
        missing.remove(id);
        feed.drop().removeEmpty(id);
      }
    }
  }

  private boolean isDone(FileLedger.Entry entry) {
    if (entry.state() != FileLedger.State.CLAIMED) {
      return true;
    }
    return feed.drop().isGone(entry.id(), entry.name())
        && loader.refuse(entry, businessDate(entry), FeedLoader.GONE)
            instanceof LoadOutcome.Rejected;
  }

  private boolean takeNext() {
    for (Path file : readiness.of(feed.drop().waiting())) {
      String name = DropDirectory.name(file);
      try {
        if (take(file, name)) {
          unreadable.remove(name);
          return true;
        }
      } catch (IOException | FeedException e) {
        if (unreadable.add(name)) {
          LOG.warn("{}: file \"{}\" can't be taken and is left alone: {}", feed.name(), file, e);
        }
      }
    }
    return false;
  }

  private boolean take(Path file, String name) throws IOException {
    DropDirectory.Look before;
    Digests.Content content;
    try {
      before = DropDirectory.Look.at(file);
      content = Digests.of(file);
    } catch (NoSuchFileException e) {
      // Taken by another node, or taken back by whoever wrote it.
      return false;
    }
    String contradiction = readiness.contradiction(file, content.sha256());
    if (contradiction != null) {
      LOG.warn("{}: file \"{}\" is refused: {}", feed.name(), name, contradiction);
      feed.drop().refuse(file, name, contradiction);
      readiness.taken(file);
      return true;
    }
    FileLedger.Entry entry = feed.claim(name, content);
    FaultPoint.FILE_CLAIMED.reached();
    Path claimed = feed.drop().claim(file, entry.id());
    FaultPoint.FILE_MOVED.reached();
    if (claimed == null) {
      missing.add(entry.id());
      endMissing();
      return false;
    }
    readiness.taken(file);
    if (entry.state() == FileLedger.State.DUPLICATE
        && !before.equals(DropDirectory.Look.at(claimed))) {
      // Another file came in its place: nobody has read that one. What is loaded is read once more.
      putBack(entry, claimed);
      return true;
    }
    handle(entry, claimed);
    return true;
  }

  /**
   * Does what the row's state asks for; false if nothing could be done now. A file that can't be
   * moved to where it belongs waits for the next try, and those behind it do not wait for it.
   */
  private boolean handle(FileLedger.Entry entry, Path file) {
    if (!backoff.isDue(entry.id())) {
      return false;
    }
    try {
      return handleDue(entry, file);
    } catch (FeedException e) {
      LOG.warn(
          "{}: file {} is left where it is for now: {}", feed.name(), entry.id(), e.toString());
      backoff.failed(entry.id());
      return false;
    }
  }

  private boolean handleDue(FileLedger.Entry entry, Path file) {
    return switch (entry.state()) {
      case CLAIMED, LOADED -> goOn(entry, file);
      case SUPERSEDED -> settled(feed.drop().archive(file, entry.id(), today(), ""));
      case DUPLICATE -> settled(feed.drop().archive(file, entry.id(), today(), ".duplicate"));
      case REJECTED -> settled(feed.drop().reject(file, entry.id(), entry.reason()));
      case HELD, SENT -> false;
    };
  }

  /** Events that are owed come first: those of a file before the next file, all before archive. */
  private boolean goOn(FileLedger.Entry entry, Path file) {
    EventCuts.Outcome events = cuts.next();
    if (events != EventCuts.Outcome.NONE) {
      return events == EventCuts.Outcome.PUBLISHED;
    }
    return entry.state() == FileLedger.State.CLAIMED
        ? load(entry, file)
        : settled(feed.drop().archive(file, entry.id(), today(), ""));
  }

  private boolean load(FileLedger.Entry entry, Path file) {
    LocalDate businessDate = businessDate(entry);
    String refusal = feed.source().says(entry.name()).refusal();
    LoadOutcome outcome =
        refusal == null
            ? loader.load(entry, file, businessDate)
            : loader.refuse(entry, businessDate, new FileError(0, Code.NAME, refusal));
    FaultPoint.FILE_COMMITTED.reached();
    if (outcome instanceof LoadOutcome.Loaded loaded) {
      if (!loaded.owesEvents()) {
        settled(feed.drop().archive(file, entry.id(), today(), ""));
      }
    } else if (outcome instanceof LoadOutcome.Rejected rejected) {
      settled(feed.drop().reject(file, entry.id(), rejected.reason()));
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

  private LocalDate businessDate(FileLedger.Entry entry) {
    FileName says = feed.source().says(entry.name());
    return BusinessDate.of(entry.name(), says, today());
  }

  /** Lets a file that is not what was claimed be claimed anew, unless another has its name now. */
  private Path putBack(FileLedger.Entry entry, Path file) {
    Path back = feed.drop().putBack(file);
    return back == null
        ? feed.drop()
            .reject(
                file,
                entry.id(),
                "%s: the content was changed after it was claimed, and another file of its name has come since; hand this one in again under another name"
                    .formatted(Code.CONTENT))
        : back;
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
