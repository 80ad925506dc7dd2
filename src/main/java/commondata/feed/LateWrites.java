package commondata.feed;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that came to their end a short while ago. Who writes to a file when it is taken, against
 * what its feed promises, writes on wherever it is moved to: then half of it is refused or loaded,
 * and the whole would lie in a place where nobody looks. So a file that has grown there is put back
 * into {@code incoming}, as one that has changed before its end is. What somebody has put in its
 * place is none of this. The last hundred of a quarter of an hour are looked at, once a second;
 * they are kept in memory. Not thread-safe.
 */
final class LateWrites {

  private static final Logger LOG = LoggerFactory.getLogger(LateWrites.class);

  private static final int WATCHED_MAX = 100;
  private static final Duration WATCHED = Duration.ofMinutes(15);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private record Ended(Path file, FileLedger.Entry entry, String key, Instant until) {}

  private final Feed feed;
  private final Arrivals arrivals;
  private final Clock clock;
  private final Deque<Ended> watched = new ArrayDeque<>();
  private Instant next = Instant.MIN;

  LateWrites(Feed feed, Arrivals arrivals, Clock clock) {
    this.feed = feed;
    this.arrivals = arrivals;
    this.clock = clock;
  }

  /**
   * Notes a file that has come to its end.
   *
   * @param file where it lies now
   */
  void watch(Path file, FileLedger.Entry entry) {
    DropDirectory.Look look = look(file);
    if (look == null) {
      return;
    }
    if (watched.size() == WATCHED_MAX) {
      watched.remove();
    }
    watched.add(new Ended(file, entry, look.key(), clock.instant().plus(WATCHED)));
  }

  /** Puts back what has grown since. */
  void putBack() {
    Instant now = clock.instant();
    if (watched.isEmpty() || now.isBefore(next)) {
      return;
    }
    next = now.plus(PAUSE);
    for (Iterator<Ended> all = watched.iterator(); all.hasNext(); ) {
      Ended ended = all.next();
      DropDirectory.Look look = look(ended.file());
      boolean isThere = look != null && look.key().equals(ended.key());
      boolean hasGrown = look != null && isThere && look.size() > ended.entry().size();
      if (!isThere || hasGrown || !now.isBefore(ended.until())) {
        all.remove();
      }
      if (hasGrown) {
        LOG.warn(
            "{}: file {} \"{}\" was written to after its end; {}",
            feed.name(),
            ended.entry().id(),
            ended.entry().name(),
            putBack(ended));
      }
    }
  }

  /** What has become of it, in words. */
  private String putBack(Ended ended) {
    String stays = "it stays at \"%s\": hand it in again".formatted(ended.file());
    try {
      Path back = feed.drop().takeBack(ended.file(), ended.entry().name());
      if (back == null) {
        return stays + " under another name, since another file has come under this one";
      }
      arrivals.changed(back);
      return "what is in it now is claimed anew";
    } catch (FeedException e) {
      return "%s. It can't be put back: %s".formatted(stays, e.getCause());
    }
  }

  /** Null if it is gone, or not to be looked at. */
  private static DropDirectory.@Nullable Look look(Path file) {
    try {
      return DropDirectory.Look.at(file);
    } catch (IOException e) {
      // Somebody has taken it away, or kept long enough: nobody waits for it.
      return null;
    }
  }
}
