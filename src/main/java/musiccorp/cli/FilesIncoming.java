package musiccorp.cli;

import commondata.feed.IncomingFile;
import commondata.job.JobCatalog;
import commondata.operate.Operate;
import commondata.operate.UntakenFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What lies in {@code incoming} and has no row yet: as the directory shows it, if it is on this
 * machine, and as nodes have noted it.
 */
final class FilesIncoming {

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
      FilesAhead ahead = new FilesAhead(operate, each);
      for (IncomingFile file :
          IncomingFile.of(Catalogs.loading(jobs, each), drop, Clock.systemUTC())) {
        shown.add(each + "/" + file.name());
        String why = noted.getOrDefault(each + "/" + file.name(), "");
        rows.add(
            each,
            file.name(),
            file.sizeBytes(),
            file.changedAt(),
            Stream.of(file.why(), why)
                .filter(reason -> !reason.isEmpty())
                .findFirst()
                .orElseGet(() -> usually(ahead, each, file.name())));
      }
    }
    untaken.stream()
        .filter(each -> !shown.contains(each.feed() + "/" + each.name()))
        .forEach(each -> rows.add(each.feed(), each.name(), null, each.since(), each.why()));
    return rows;
  }

  private String usually(FilesAhead ahead, String feed, String name) {
    try {
      return ahead
          .of(drop.resolve(feed).resolve("incoming").resolve(name))
          .map(
              other ->
                  "it waits until file %d (%s), %s, has ended"
                      .formatted(other.id(), other.name(), other.state()))
          .orElseGet(this::untaken);
    } catch (NoSuchFileException e) {
      return "a node has just taken it";
    } catch (IOException e) {
      return "it can't be read: " + e.getMessage();
    }
  }

  private String untaken() {
    return operate.hasNode()
        ? "no node has taken it yet: one does at its next look, or when a file that its log names"
            + " has ended"
        : "no node has taken it yet: none is running";
  }
}
