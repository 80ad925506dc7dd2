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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whether a waiting file is whole, as its feed is told. What was seen of a file that must lie still
 * is kept in memory: after a restart it has to lie still once more. Not thread-safe.
 */
final class Readiness {

  private static final String HASH = ".sha256";
  static final List<String> MARKERS = List.of(".done", ".complete", HASH);
  private static final int HASH_FILE_MAX = 1_000;

  private static final Duration REST_MIN = Duration.ofSeconds(1);
  private static final Duration REST_MAX = Duration.ofMinutes(1);

  /** What lies there while the hash is being written: a shell makes the file before it has it. */
  private static final Pattern BEGUN = Pattern.compile("[0-9A-Fa-f]{0,63}");

  private record Seen(long size, FileTime changed, Instant since) {}

  private final Ready ready;
  private final BiConsumer<Path, String> untaken;
  private final Clock clock;
  private final Map<Path, Seen> seen = new HashMap<>();

  /** Files that were written to after their claim, and how long they must lie still now. */
  private final Map<Path, Duration> rests = new HashMap<>();

  /**
   * @param untaken is told what is not ready for want of something, and why
   */
  Readiness(Ready ready, BiConsumer<Path, String> untaken, Clock clock) {
    this.ready = ready;
    this.untaken = untaken;
    this.clock = clock;
  }

  /** Those of the waiting files that may be taken now. */
  List<Path> of(Set<Path> waiting) {
    seen.keySet().retainAll(waiting);
    rests.keySet().retainAll(waiting);
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

  private boolean isMarked(Path file) {
    if (MARKERS.stream().anyMatch(end -> isMarked(file, end))) {
      return true;
    }
    List<String> markers =
        markers(file).keySet().stream().map(DropDirectory::name).sorted().toList();
    untaken.accept(
        file,
        markers.isEmpty()
            ? "it has no marker (%s). Lay one beside it, or take it away"
                .formatted(String.join(", ", MARKERS))
            : "no marker counts that is older than its file, as %s is. Write it anew"
                .formatted(String.join(", ", markers)));
    return false;
  }

  /** Whether the marker with the hash, if there is one, has it: else it is still being written. */
  private boolean isWritten(Path file) {
    if (!isBegun(declared(file))) {
      return true;
    }
    Path marker = marker(file, HASH);
    untaken.accept(
        file,
        (Files.isReadable(marker)
                ? "%s has not the 64 digits of a hash. Write them, or lay a .done in its place"
                : "%s can't be read. Let the node read it, or lay a .done in its place")
            .formatted(DropDirectory.name(marker)));
    return false;
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
  static @Nullable FileError contradiction(String declared, String sha256) {
    // As sha256sum writes it: the hash, blanks, the file's name.
    String hash = declared.split("\\s", 2)[0].toLowerCase(Locale.ROOT);
    return hash.equals(sha256)
        ? null
        : new FileError(
            0,
            Code.HASH,
            "its marker declares the hash \"%s\", its content has %s".formatted(hash, sha256));
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

  private boolean isMarker(Path file) {
    String name = DropDirectory.name(file);
    for (String end : MARKERS) {
      if (name.endsWith(end)) {
        String its = name.substring(0, name.length() - end.length());
        if (lookOrNull(file.resolveSibling(its)) == null) {
          untaken.accept(
              file,
              "it is the marker of %s, which is not there. Bring that, or take it away"
                  .formatted(its));
        }
        return true;
      }
    }
    return false;
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
