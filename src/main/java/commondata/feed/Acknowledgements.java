package commondata.feed;

import commondata.fault.FaultPoint;
import commondata.job.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the other side says of the files that went out to one feed. Whoever has taken {@code
 * outgoing/<name>} lays a file {@code <name>.ack} beside it, in which nothing need stand: it is not
 * opened. It does not matter whether the file itself is still there. Then
 *
 * <ol>
 *   <li>the file's row becomes ACKNOWLEDGED, in a commit of its own. A crash before it leaves the
 *       acknowledgement where it is, for the next poll.
 *   <li>The file is renamed to {@code sent}. A crash before that leaves both; the next poll finds
 *       the row as it must be, and goes on here.
 *   <li>The acknowledgement is removed, when the rename is on disk. A crash before that leaves it
 *       alone; for the next poll it is that of a file which somebody has taken away.
 * </ol>
 *
 * <p>Any number of nodes may do so at once: each step does nothing where another node has done it.
 * What is no acknowledgement of a file that went out stays, and is told of once.
 */
final class Acknowledgements {

  private static final Logger LOG = LoggerFactory.getLogger(Acknowledgements.class);
  private static final String ENDING = Step.Export.ACKNOWLEDGEMENT;

  private final String feed;
  private final DropDirectory drop;
  private final SentLedger files;
  private final Set<Path> told = new HashSet<>();

  Acknowledgements(String feed, DropDirectory drop, SentLedger files) {
    this.feed = feed;
    this.drop = drop;
    this.files = files;
  }

  /** Takes all that lie there; whether there was one. */
  boolean take() {
    Map<String, Path> found = found();
    told.retainAll(found.values());
    found.values().removeIf(this::isRefused);
    if (found.isEmpty()) {
      return false;
    }
    Set<String> acknowledged = files.acknowledge(found.keySet());
    FaultPoint.EXPORT_ACKNOWLEDGED.reached();
    boolean taken = false;
    for (Map.Entry<String, Path> ack : found.entrySet()) {
      if (acknowledged.contains(ack.getKey())) {
        taken |= isSettled(ack.getKey(), ack.getValue());
      } else {
        tell(ack.getValue(), "no file of the name before it went out");
      }
    }
    return taken;
  }

  /** Acknowledgements by the names of their files, in order. */
  private Map<String, Path> found() {
    Map<String, Path> found = new TreeMap<>();
    for (Path path : DropDirectory.list(drop.outgoing())) {
      String name = DropDirectory.name(path);
      if (name.endsWith(ENDING) && !DropName.isTemporary(name)) {
        found.put(name.substring(0, name.length() - ENDING.length()), path);
      }
    }
    return found;
  }

  private boolean isRefused(Path ack) {
    String why = DropDirectory.whyRefused(ack, DropDirectory.name(ack));
    if (why != null) {
      tell(ack, why);
    }
    return why != null;
  }

  /** What can't be moved or removed is tried again, and those behind it do not wait for it. */
  private boolean isSettled(String name, Path ack) {
    try {
      move(name);
      FaultPoint.EXPORT_MOVED.reached();
      if (Files.deleteIfExists(ack)) {
        LOG.info("{}: file \"{}\" is acknowledged", feed, name);
      }
      return true;
    } catch (IOException e) {
      tell(ack, "its file is not moved yet: " + e);
      return false;
    }
  }

  /** The other side may have taken the file away, and another node may be faster. */
  private void move(String name) throws IOException {
    Path file = drop.outgoing().resolve(name);
    Path sent = Files.createDirectories(drop.sent());
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      try {
        Files.move(file, DropDirectory.free(sent, name), StandardCopyOption.ATOMIC_MOVE);
      } catch (NoSuchFileException e) {
        LOG.debug("{}: \"{}\" is gone", feed, file, e);
      }
    }
    // Also what another node has renamed: without the acknowledgement nobody would do it again.
    OutgoingDirectory.force(sent);
  }

  private void tell(Path ack, String why) {
    if (told.add(ack)) {
      LOG.warn(
          "{}: \"{}\" is passed: {}",
          feed,
          DropDirectory.name(ack).replaceAll("\\p{Cntrl}", "?"),
          why);
    }
  }
}
