package commondata.feed;

import commondata.job.Ready;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a waiting file is whole, as its feed is told. What was seen of a file that must lie still
 * is kept in memory: after a restart it has to lie still once more. Not thread-safe.
 */
final class Readiness {

  private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);

  private static final String HASH = ".sha256";
  static final List<String> MARKERS = List.of(".done", ".complete", HASH);
  private static final int HASH_FILE_MAX = 1_000;

  private static final Duration REST_MIN = Duration.ofSeconds(1);
  private static final Duration REST_MAX = Duration.ofMinutes(1);

  /** A marker comes behind its file; one that has not come for so long may never. */
  private static final Duration LONG = Duration.ofHours(1);

  /** What lies there while the hash is being written: a shell makes the file before it has it. */
  private static final Pattern BEGUN = Pattern.compile("[0-9A-Fa-f]{0,63}");

  private record Seen(long size, FileTime changed, Instant since) {}

  private final Ready ready;
  private final Clock clock;
  private final Map<Path, Seen> seen = new HashMap<>();

  /** Files that were written to after their claim, and how long they must lie still now. */
  private final Map<Path, Duration> rests = new HashMap<>();

  /** Files of which it was told that their markers are older than they. */
  private final Set<Path> outdated = new HashSet<>();

  /** Files that wait for a marker, or for what is in it, and since when. */
  private final Map<Path, Instant> awaitedSince = new HashMap<>();

  /** Those of which it was told. */
  private final Set<Path> told = new HashSet<>();

  Readiness(Ready ready, Clock clock) {
    this.ready = ready;
    this.clock = clock;
  }

  /** Those of the waiting files that may be taken now. */
  List<Path> of(Set<Path> waiting) {
    seen.keySet().retainAll(waiting);
    rests.keySet().retainAll(waiting);
    outdated.retainAll(waiting);
    awaitedSince.keySet().retainAll(waiting);
    told.retainAll(waiting);
    return waiting.stream().filter(this::isReady).toList();
  }

  /**
   * Notes that a file is back which was written to after its claim. It is still being written, it
   * seems: it must lie still before it is claimed again, each time twice as long, so that not every
   * write of a long upload costs a row. Another marker says that it is whole.
   */
  void changed(Path file) {
    seen.remove(file);
    rests.merge(
        file,
        REST_MIN,
        (rest, first) -> rest.compareTo(REST_MAX) < 0 ? rest.multipliedBy(2) : rest);
  }

  private boolean isReady(Path file) {
    return switch (ready.sign()) {
      case RENAME -> !rests.containsKey(file) || isStill(file);
      case MARKER -> !isMarker(file) && isMarked(file) && isWritten(file);
      case STABLE -> isStill(file);
    };
  }

  /** A marker that does not count is told once: whoever laid it there believes that it does. */
  private boolean isMarked(Path file) {
    if (MARKERS.stream().anyMatch(end -> isMarked(file, end))) {
      outdated.remove(file);
      return true;
    }
    Map<Path, DropDirectory.Look> markers = markers(file);
    if (markers.isEmpty()) {
      tellIfLong(
          file,
          "a marker (%s): lay one beside it, or take it away"
              .formatted(String.join(", ", MARKERS)));
    } else if (outdated.add(file)) {
      LOG.warn(
          "\"{}\" waits: no marker counts that is older than its file, as {} is; write it anew",
          file,
          markers.keySet());
    }
    return false;
  }

  /** Whether the marker with the hash, if there is one, has it: else it is still being written. */
  private boolean isWritten(Path file) {
    if (!isBegun(declared(file))) {
      return true;
    }
    Path marker = marker(file, HASH);
    String wanted =
        Files.isReadable(marker)
            ? "the 64 digits of a hash in \"%s\": write them"
            : "\"%s\", which can't be read: let the node read it";
    tellIfLong(file, (wanted + ", or lay a .done in its place").formatted(marker));
    return false;
  }

  private void tellIfLong(Path file, String wanted) {
    Instant since = awaitedSince.computeIfAbsent(file, first -> clock.instant());
    if (!clock.instant().isBefore(since.plus(LONG)) && told.add(file)) {
      LOG.warn("\"{}\" waits since {} for {}", file, since, wanted);
    }
  }

  private boolean isStill(Path file) {
    try {
      BasicFileAttributes now =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      Seen before = seen.get(file);
      if (before == null
          || before.size() != now.size()
          || !before.changed().equals(now.lastModifiedTime())) {
        seen.put(file, new Seen(now.size(), now.lastModifiedTime(), clock.instant()));
        return false;
      }
      return !clock.instant().isBefore(before.since().plus(quiet(file)));
    } catch (IOException e) {
      // Gone or not to be looked at: it is not ready as it is.
      return false;
    }
  }

  private Duration quiet(Path file) {
    Duration rest = rests.getOrDefault(file, Duration.ZERO);
    boolean asksMore = ready.sign() == Ready.Sign.STABLE && ready.quiet().compareTo(rest) > 0;
    return asksMore ? ready.quiet() : rest;
  }

  /** What is in the marker with a file's hash; null if there is none. */
  @Nullable String declared(Path file) {
    if (ready.sign() != Ready.Sign.MARKER || !isMarked(file, HASH)) {
      return null;
    }
    try (InputStream marker = Digests.open(marker(file, HASH))) {
      return new String(marker.readNBytes(HASH_FILE_MAX), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      // Gone, or not to be read: nobody knows what it says.
      return "";
    }
  }

  /** Whether more may come of what a marker declares. */
  static boolean isBegun(@Nullable String declared) {
    return declared != null && BEGUN.matcher(declared).matches();
  }

  /** Why content is not what its marker declares; null if it is. */
  static @Nullable String contradiction(String declared, String sha256) {
    // As sha256sum writes it: the hash, blanks, the file's name.
    String hash = declared.split("\\s", 2)[0].toLowerCase(Locale.ROOT);
    return hash.equals(sha256)
        ? null
        : "%s: its marker declares the hash \"%s\", its content has %s"
            .formatted(Code.HASH, hash, sha256);
  }

  /** The markers that lie beside a file now. */
  Map<Path, DropDirectory.Look> markers(Path file) {
    Map<Path, DropDirectory.Look> found = new HashMap<>();
    if (ready.sign() == Ready.Sign.MARKER) {
      for (String end : MARKERS) {
        Path marker = marker(file, end);
        DropDirectory.Look look = lookOrNull(marker);
        if (look != null) {
          found.put(marker, look);
        }
      }
    }
    return found;
  }

  /**
   * Removes the markers of a file that was taken. One that has come since is about the next file of
   * its name, which would wait for ever without it.
   */
  static void remove(Map<Path, DropDirectory.Look> markers) throws IOException {
    for (Map.Entry<Path, DropDirectory.Look> marker : markers.entrySet()) {
      if (marker.getValue().equals(lookOrNull(marker.getKey()))) {
        Files.deleteIfExists(marker.getKey());
      }
    }
  }

  private static DropDirectory.@Nullable Look lookOrNull(Path file) {
    try {
      return DropDirectory.Look.at(file);
    } catch (IOException e) {
      // Gone, or not to be looked at.
      return null;
    }
  }

  private static boolean isMarker(Path file) {
    String name = DropDirectory.name(file);
    return MARKERS.stream().anyMatch(name::endsWith);
  }

  private static Path marker(Path file, String end) {
    return file.resolveSibling(DropDirectory.name(file) + end);
  }

  /**
   * Whether a marker lies beside the file. One that is older than the file is about an earlier one
   * of its name, whose node died before it could remove it.
   */
  private static boolean isMarked(Path file, String end) {
    try {
      BasicFileAttributes marker =
          Files.readAttributes(
              marker(file, end), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      FileTime written = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS);
      return marker.isRegularFile() && marker.lastModifiedTime().compareTo(written) >= 0;
    } catch (IOException e) {
      // There is none, or the file is gone.
      return false;
    }
  }
}
