package commondata.feed;

import commondata.database.SqlStates;
import commondata.fault.FaultPoint;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * Files that lie in {@code incoming}: gives each its row and brings it to its claimed place.
 *
 * <p>A file that must wait for another stays where it is, untouched, and those behind it do not
 * wait for it. It is asked for again at each poll; what is in it is read once. It can't wait for
 * ever unnoticed: the other one is on its way, held for an operator, or stuck, and of the last two
 * an alarm tells; if it is seen to have vanished, its row ends here. Not thread-safe.
 */
final class Arrivals {

  private static final Logger LOG = LoggerFactory.getLogger(Arrivals.class);

  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Feed feed;
  private final FeedLoader loader;
  private final Clock clock;
  private final Readiness readiness;
  private final KnownContent contents = new KnownContent();
  private final Untaken untaken;

  /** Files that could not be taken, and why. */
  private final Map<Path, String> unreadable = new HashMap<>();

  /** Files that the last look has found ready and that nobody has asked for yet. */
  private final Queue<Path> found = new ArrayDeque<>();

  private Instant lookAgain = Instant.MIN;

  /** Files of which it was told that they wait. */
  private final Set<Path> waiting = new HashSet<>();

  /**
   * Rows of files that are not to be loaded and could not be moved: whoever tries again takes the
   * same row, not another one each poll.
   */
  private final Map<Path, FileLedger.Entry> unmoved = new HashMap<>();

  /** Files that were claimed and could not be found then. */
  private final Set<Long> missing = new HashSet<>();

  Arrivals(Feed feed, FeedLoader loader, Clock clock) {
    this.feed = feed;
    this.loader = loader;
    this.clock = clock;
    this.untaken = new Untaken(feed.login(), feed.name(), clock);
    this.readiness = new Readiness(feed.source().ready(), untaken::note, clock);
  }

  /**
   * Ends the rows of files that were taken away between claim and rename: else the same content
   * would wait for ever for what is never loaded. A file that another node has renamed lies in
   * claimed, or is done.
   */
  void endMissing() {
    if (missing.isEmpty()) {
      return;
    }
    Map<Long, FileLedger.Entry> entries = feed.files().find(missing);
    for (Long id : List.copyOf(missing)) {
      FileLedger.Entry entry = entries.get(id);
      if (entry == null || isDone(entry)) {
        missing.remove(id);
        feed.drop().claimed().removeEmpty(id);
      }
    }
  }

  private boolean isDone(FileLedger.Entry entry) {
    return entry.state() != FileLedger.State.CLAIMED
        || (feed.drop().claimed().isGone(entry.id(), entry.name()) && isEnded(entry));
  }

  private boolean isEnded(FileLedger.Entry gone) {
    return loader.refuse(gone, gone.businessDate(), FeedLoader.GONE)
        instanceof LoadOutcome.Rejected;
  }

  /**
   * Takes the next file that can be taken. What the last look has found comes first, for a moment:
   * who looked anew for each of ten thousand files would do little else.
   *
   * @param next goes on with a claimed file
   * @return false if a look that begins now finds none
   */
  boolean takeNext(BiConsumer<FileLedger.Entry, Path> next) {
    if (clock.instant().isBefore(lookAgain) && takeFound(next)) {
      return true;
    }
    look();
    return takeFound(next);
  }

  private void look() {
    untaken.begin();
    List<Path> inOrder = feed.drop().waiting(clock.instant(), untaken::note);
    Set<Path> all =
        new LinkedHashSet<>(
            feed.source().supersedes() ? DropDirectory.byArrival(inOrder) : inOrder);
    contents.keepOnly(all);
    waiting.retainAll(all);
    unmoved.keySet().retainAll(all);
    unreadable.keySet().retainAll(all);
    found.clear();
    found.addAll(readiness.of(all));
    lookAgain = clock.instant().plus(LOOK);
    unreadable.forEach(untaken::note);
    untaken.tell();
  }

  private boolean takeFound(BiConsumer<FileLedger.Entry, Path> next) {
    while (!found.isEmpty()) {
      Path file = found.remove();
      try {
        boolean isTaken = take(file, next);
        unreadable.remove(file);
        if (isTaken) {
          return true;
        }
      } catch (IOException | FeedException e) {
        String cause = e instanceof FeedException ? e.getMessage() : e.toString();
        String why = "%s. Mend that, or take it away".formatted(cause);
        untaken.note(file, why);
        if (unreadable.put(file, why) == null) {
          LOG.warn(
              "{}: file \"{}\" can't be taken and is left alone: {}",
              feed.name(),
              file,
              e.toString());
        }
      }
    }
    return false;
  }

  private boolean take(Path file, BiConsumer<FileLedger.Entry, Path> next) throws IOException {
    DropDirectory.Look look;
    Digests.Content content;
    LocalDate came;
    try {
      look = DropDirectory.Look.at(file);
      String tooLarge = feed.source().whyTooLarge(look.size());
      if (tooLarge != null) {
        return refuse(file, tooLarge);
      }
      content = contents.of(file, look);
      came = LocalDate.ofInstant(DropDirectory.cameAt(file).toInstant(), clock.getZone());
    } catch (NoSuchFileException e) {
      // Taken by another node, or taken back by whoever wrote it.
      return false;
    }
    String name = DropDirectory.name(file);
    Map<Path, DropDirectory.Look> markers = readiness.markers(file);
    String declared = readiness.declared(file);
    if (Readiness.isBegun(declared)) {
      return false;
    }
    FileError contradiction =
        declared == null ? null : Readiness.contradiction(declared, content.sha256());
    FileLedger.Entry ended = unmoved.get(file);
    if (ended != null && isStill(ended, content, contradiction)) {
      return takeClaimed(file, look, markers, ended, next);
    }
    ClaimOutcome outcome = claim(name, content, came, contradiction);
    if (outcome instanceof ClaimOutcome.Claimed claimed) {
      return takeClaimed(file, look, markers, claimed.entry(), next);
    }
    return waits(file, ((ClaimOutcome.Waits) outcome).other());
  }

  private boolean refuse(Path file, String why) throws IOException {
    Map<Path, DropDirectory.Look> markers = readiness.markers(file);
    feed.drop().refuse(file, DropDirectory.name(file), why);
    Readiness.remove(markers);
    return true;
  }

  /** Whether a file has the content, and its marker what it declared, when it got its row. */
  private static boolean isStill(
      FileLedger.Entry ended, Digests.Content content, @Nullable FileError contradiction) {
    return ended.sha256().equals(content.sha256())
        && ended.reason().equals(contradiction == null ? "" : contradiction.toString());
  }

  /** What the database has against this file is no reason to leave the others. */
  private ClaimOutcome claim(
      String name, Digests.Content content, LocalDate came, @Nullable FileError contradiction) {
    try {
      if (contradiction == null) {
        return feed.claim(name, content, came);
      }
      FileLedger.Entry refused = feed.refuse(name, content, came, contradiction);
      LOG.warn("{}: file {} \"{}\" is refused: {}", feed.name(), refused.id(), name, contradiction);
      return new ClaimOutcome.Claimed(refused);
    } catch (DataAccessException e) {
      if (SqlStates.isOutage(e)) {
        throw e;
      }
      throw new FeedException("the ledger refuses it: " + e.getMostSpecificCause().getMessage(), e);
    }
  }

  private boolean takeClaimed(
      Path file,
      DropDirectory.Look look,
      Map<Path, DropDirectory.Look> markers,
      FileLedger.Entry entry,
      BiConsumer<FileLedger.Entry, Path> next)
      throws IOException {
    FaultPoint.FILE_CLAIMED.reached();
    ClaimedFiles claimed = feed.drop().claimed();
    if (claimed.isOccupied(entry.id())) {
      return waits(file, entry);
    }
    Path taken = move(file, entry);
    FaultPoint.FILE_MOVED.reached();
    if (taken == null) {
      missing.add(entry.id());
      endMissing();
      return false;
    }
    if (isNotToBeLoaded(entry) && !look.equals(DropDirectory.Look.at(taken))) {
      // Another file came in its place: nobody has read that one. What is loaded is read once more.
      changed(claimed.putBack(taken, entry.id(), "it came in the place of file " + entry.id()));
      return true;
    }
    Readiness.remove(markers);
    next.accept(entry, taken);
    return true;
  }

  /** Notes that a file is back because its content is not what was claimed. */
  void changed(Path back) {
    readiness.changed(back);
  }

  private static boolean isNotToBeLoaded(FileLedger.Entry entry) {
    return entry.state() == FileLedger.State.DUPLICATE
        || entry.state() == FileLedger.State.REJECTED;
  }

  private @Nullable Path move(Path file, FileLedger.Entry entry) {
    if (isNotToBeLoaded(entry)) {
      unmoved.put(file, entry);
    }
    Path taken = feed.drop().claimed().take(file, entry.id());
    unmoved.remove(file);
    // What comes back is read anew: it may look the same and not be what was claimed.
    contents.forget(file);
    return taken;
  }

  /** A file of the other's name is not the other: it has other content, or both lie there. */
  private boolean waits(Path file, FileLedger.Entry other) {
    String name = DropDirectory.name(file);
    ClaimedFiles claimed = feed.drop().claimed();
    boolean isGone =
        name.equals(other.name())
            ? !claimed.contains(other.id())
            : claimed.isGone(other.id(), other.name());
    if (isGone && other.state() == FileLedger.State.CLAIMED) {
      return isEnded(other);
    }
    if (waiting.add(file)) {
      LOG.info(
          "{}: file \"{}\" waits in incoming until file {} (\"{}\", {}) has ended",
          feed.name(),
          name,
          other.id(),
          other.name(),
          other.state());
    }
    return false;
  }
}
