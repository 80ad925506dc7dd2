package musiccorp.cli;

import commondata.feed.IncomingFile;
import commondata.job.JobCatalog;
import commondata.operate.FileEntry;
import commondata.operate.Operate;
import commondata.operate.UntakenFile;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What lies in {@code incoming} and has no row yet: as the directory shows it, if it is on this
 * machine, and as nodes have noted it.
 */
final class FilesIncoming {

  private static final int CLAIMED_MAX = 1_000;

  private final JobCatalog jobs;
  private final Path drop;
  private final Operate operate;

  FilesIncoming(JobCatalog jobs, Path drop, Operate operate) {
    this.jobs = jobs;
    this.drop = drop;
    this.operate = operate;
  }

  /** The rows to show of one feed, or, without its name, of all. */
  Rows of(@Nullable String feed) {
    Rows rows = new Rows("feed", "name", "sizeBytes", "changedAt", "why");
    Map<String, String> noted = new HashMap<>();
    List<UntakenFile> untaken = operate.untakenFiles(feed);
    untaken.forEach(each -> noted.put(each.feed() + "/" + each.name(), each.why()));
    Set<String> shown = new HashSet<>();
    for (String each : feed == null ? Catalogs.feeds(jobs) : List.of(feed)) {
      Map<String, FileEntry> claimed = claimed(each);
      for (IncomingFile file :
          IncomingFile.of(Catalogs.loading(jobs, each), drop, Clock.systemUTC())) {
        shown.add(each + "/" + file.name());
        String why =
            file.why().isEmpty()
                ? noted.getOrDefault(each + "/" + file.name(), usually(claimed.get(file.name())))
                : file.why();
        rows.add(each, file.name(), file.sizeBytes(), file.changedAt(), why);
      }
    }
    untaken.stream()
        .filter(each -> !shown.contains(each.feed() + "/" + each.name()))
        .forEach(each -> rows.add(each.feed(), each.name(), null, each.since(), each.why()));
    return rows;
  }

  /** Files on their way, by name: one of the same name waits for them. */
  private Map<String, FileEntry> claimed(String feed) {
    Map<String, FileEntry> claimed = new HashMap<>();
    operate.files(feed, "CLAIMED", CLAIMED_MAX).forEach(each -> claimed.put(each.name(), each));
    return claimed;
  }

  private static String usually(@Nullable FileEntry other) {
    return other == null
        ? "no node has taken it yet. Is one up? Then it waits for a file that the node's log names"
        : "it waits until file %d (%s), %s, has ended"
            .formatted(other.id(), other.name(), other.state());
  }
}
