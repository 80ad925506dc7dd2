package commondata.feed;

import commondata.database.Login;
import commondata.job.Plural;
import commondata.job.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of one export step that lie in {@code sent}, and how long they are kept: by the time of
 * their acknowledgement in the ledger. What has no row there, and what is no regular file, stays.
 */
final class SentFiles {

  private static final Logger LOG = LoggerFactory.getLogger(SentFiles.class);
  private static final int NAMES_MAX = 1_000;

  private final String feed;
  private final @Nullable Period keep;
  private final Path sent;
  private final Pattern names;
  private final SentLedger files;

  SentFiles(Step.Export step, Login login, Path dropRoot) {
    this.feed = step.feed();
    this.keep = step.keep();
    this.sent = new DropDirectory(dropRoot, feed).sent();
    this.names = OutgoingDirectory.namesOf(step);
    this.files = new SentLedger(login, feed);
  }

  /** Removes those that were acknowledged long enough before a day. */
  void removeOld(LocalDate today) {
    if (keep == null || !Files.isDirectory(sent, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    List<String> found =
        DropDirectory.list(sent).stream()
            .filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
            .map(DropDirectory::name)
            .filter(name -> names.matcher(name).matches())
            .toList();
    int removed = 0;
    for (int i = 0; i < found.size(); i += NAMES_MAX) {
      removed += remove(found.subList(i, Math.min(i + NAMES_MAX, found.size())), today.minus(keep));
    }
    if (removed > 0) {
      LOG.info(
          "{}: {} {} kept for {} and removed",
          feed,
          removed,
          Plural.of(removed, "sent file was", "sent files were"),
          keep);
    }
  }

  /** The row says so first: a node that dies in between leaves files that the next one removes. */
  private int remove(List<String> some, LocalDate before) {
    Set<String> old = files.remove(some, before.atStartOfDay(ZoneOffset.UTC).toInstant());
    try {
      for (String name : old) {
        Files.deleteIfExists(sent.resolve(name));
      }
    } catch (IOException e) {
      throw new FeedException("sent files of feed \"" + feed + "\" can't be removed", e);
    }
    return old.size();
  }
}
