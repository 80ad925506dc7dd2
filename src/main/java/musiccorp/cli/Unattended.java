package musiccorp.cli;

import commondata.feed.DropName;
import commondata.operate.FileEntry;
import commondata.operate.Lag;
import commondata.operate.Operate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What waits for a node while none is running. */
final class Unattended {

  private final Operate operate;
  private final Path drop;

  Unattended(Session session) {
    this.operate = session.operate();
    this.drop = session.home().drop();
  }

  /** Files, as a sentence that ends with what to do; empty if a node runs, or none waits. */
  Optional<String> files(@Nullable String feed) {
    return operate.hasNode() ? Optional.empty() : sentence(waitingFiles(feed));
  }

  /** Events and files, in the same way. */
  Optional<String> all(List<Lag> lags) {
    if (operate.hasNode()) {
      return Optional.empty();
    }
    List<String> waiting = new ArrayList<>(waitingEvents(lags));
    waiting.addAll(waitingFiles(null));
    return sentence(waiting);
  }

  private static Optional<String> sentence(List<String> waiting) {
    return waiting.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "No node is running, while these wait: %s. Next: ./commondata up"
                .formatted(String.join(", ", waiting)));
  }

  private static List<String> waitingEvents(List<Lag> lags) {
    List<String> readers =
        lags.stream()
            .filter(lag -> !lag.paused() && lag.waiting() > 0)
            .map(Lag::subscription)
            .distinct()
            .toList();
    return readers.isEmpty() ? List.of() : List.of("events for " + String.join(", ", readers));
  }

  private List<String> waitingFiles(@Nullable String feed) {
    List<String> waiting = new ArrayList<>();
    for (FileEntry claimed : operate.files(feed, "CLAIMED", 1)) {
      waiting.add("file %d (%s)".formatted(claimed.id(), claimed.name()));
    }
    for (Path each : list(drop)) {
      boolean isAsked = feed == null || each.endsWith(feed);
      Path incoming = each.resolve("incoming");
      if (isAsked && list(incoming).stream().anyMatch(Unattended::isWhole)) {
        waiting.add("files in \"%s\"".formatted(incoming));
      }
    }
    return waiting;
  }

  private static boolean isWhole(Path file) {
    return !DropName.isTemporary(String.valueOf(file.getFileName()));
  }

  private static List<Path> list(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("\"" + directory + "\" can't be listed", e);
    }
  }
}
