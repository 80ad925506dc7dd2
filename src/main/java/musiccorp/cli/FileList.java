package musiccorp.cli;

import commondata.operate.FileEntry;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The latest files, or what no node has taken yet. */
@Command(
    name = "list",
    description = {
      "Shows the latest files.",
      "Corrected records are a file of their own, which says whose they were",
      "(corrects).",
      "With --incoming: what lies in incoming and is not taken yet, and why."
    })
final class FileList extends CliCommand {

  private static final Set<String> STATES =
      new TreeSet<>(
          Set.of(
              "CLAIMED",
              "LOADED",
              "REJECTED",
              "DUPLICATE",
              "HELD",
              "SUPERSEDED",
              "SENT",
              "ACKNOWLEDGED"));

  @Option(names = "--feed", paramLabel = "FEED", description = "Only of this feed")
  private @Nullable String feed;

  @Option(names = "--state", paramLabel = "STATE", description = "Only in this state")
  private @Nullable String state;

  @Option(
      names = "--limit",
      paramLabel = "ROWS",
      defaultValue = "50",
      description = "Rows to show at most (default ${DEFAULT-VALUE})")
  private int limit;

  @Option(names = "--incoming", description = "Show what no node has taken yet, instead")
  private boolean incoming;

  @Override
  public Integer call() {
    String wanted = known(state, STATES);
    if (incoming && wanted != null) {
      throw new CliException(
          ExitCode.USAGE, "--incoming shows what has no state yet: leave --state away.");
    }
    try (Session session = openSession()) {
      return incoming ? incoming(session) : files(session, wanted);
    }
  }

  private int incoming(Session session) {
    if (feed != null) {
      Catalogs.requireFeed(jobs(), feed);
    }
    Rows rows = new FilesIncoming(jobs(), session.home().drop(), session.operate()).of(feed);
    output().rows(rows);
    String next =
        rows.isEmpty()
            ? "There are none: all that came is taken. Next: ./commondata file list"
            : "Next: do what stands there, or see ./commondata file list --state HELD";
    output().say(new Unattended(session).files(feed).orElse(next));
    return ExitCode.OK;
  }

  private int files(Session session, @Nullable String wanted) {
    Rows rows =
        new Rows(
            "id",
            "feed",
            "direction",
            "name",
            "state",
            "corrects",
            "businessDate",
            "records",
            "loaded",
            "rejected",
            "run",
            "arrivedAt",
            "errors");
    for (FileEntry each : session.operate().files(feed, wanted, positive("--limit", limit))) {
      rows.add(
          each.id(),
          each.feed(),
          each.direction(),
          each.name(),
          each.state(),
          each.corrects(),
          each.businessDate(),
          each.recordCount(),
          each.loadedCount(),
          each.rejectedCount(),
          each.run(),
          each.arrivedAt(),
          each.errors());
    }
    if (rows.isEmpty() && feed != null) {
      Catalogs.requireFeedEitherWay(jobs(), feed);
    }
    output().rows(rows);
    output().say(new Unattended(session).files(feed).orElseGet(() -> next(rows)));
    return ExitCode.OK;
  }

  private static String next(Rows rows) {
    return rows.isEmpty()
        ? "There are none. Next: ./commondata drop FILE --feed FEED"
        : "Next: ./commondata file show ID";
  }
}
