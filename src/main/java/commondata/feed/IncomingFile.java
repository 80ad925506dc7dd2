package commondata.feed;

import commondata.job.JobDefinition;
import commondata.job.Ready;
import commondata.job.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What lies in {@code incoming} of a feed: no node has taken it yet.
 *
 * @param changedAt when it was written last
 * @param why why it is not taken, as far as the directory tells; empty: it may be taken at the next
 *     look, unless it waits for another file or its feed wants it to lie still
 */
public record IncomingFile(String name, long sizeBytes, Instant changedAt, String why) {

  /**
   * Looks at the directory of one feed and changes nothing there. Markers that lie beside their
   * file are left out, and so is what begins with a dot, which may be a tool's own.
   *
   * @param dropRoot directory that holds the drop directories of all feeds
   * @return by name; empty also if there is no such directory on this machine
   * @throws IllegalArgumentException if the job is no feed
   */
  public static List<IncomingFile> of(JobDefinition job, Path dropRoot, Clock clock) {
    Source source = job.source();
    if (source == null) {
      throw new IllegalArgumentException("job \"" + job.name() + "\" is no feed");
    }
    Path incoming = dropRoot.resolve(source.feed()).resolve("incoming");
    Map<Path, String> why = new HashMap<>();
    Set<Path> all = new LinkedHashSet<>();
    Set<Path> taken = new LinkedHashSet<>();
    for (Path path : DropDirectory.list(incoming)) {
      String name = DropDirectory.name(path);
      if (DropName.isHidden(name)) {
        continue;
      }
      all.add(path);
      String refusal = DropDirectory.whyRefused(path, name);
      if (DropName.isTemporary(name)) {
        why.put(path, DropDirectory.UNFINISHED);
      } else if (refusal != null) {
        why.put(path, "it is moved to rejected: " + refusal);
      } else {
        taken.add(path);
      }
    }
    List<Path> ready = new Readiness(source.ready(), why::put, clock).of(taken);
    if (source.ready().sign() == Ready.Sign.MARKER) {
      // What is not ready, and lacks nothing, is a marker.
      taken.stream()
          .filter(path -> !ready.contains(path) && !why.containsKey(path))
          .forEach(all::remove);
    }
    List<IncomingFile> found = new ArrayList<>();
    all.forEach(path -> add(path, why.getOrDefault(path, ""), found));
    return found;
  }

  private static void add(Path path, String why, List<IncomingFile> found) {
    try {
      DropDirectory.Look look = DropDirectory.Look.at(path);
      found.add(
          new IncomingFile(DropDirectory.name(path), look.size(), look.changed().toInstant(), why));
    } catch (IOException e) {
      // Gone meanwhile: a node has taken it.
    }
  }
}
