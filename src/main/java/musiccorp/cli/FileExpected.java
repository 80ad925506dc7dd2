package musiccorp.cli;

import commondata.operate.ExpectedFile;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Which files must come, and which have. */
@Command(
    name = "expected",
    description = "Shows which files are expected for which day, and which are late.")
final class FileExpected extends CliCommand {

  private static final List<String> STATES = List.of("ARRIVED", "EXPECTED", "LATE", "WAIVED");

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

  @Override
  public Integer call() {
    String wanted = known(state, STATES);
    try (Session session = openSession()) {
      List<ExpectedFile> expected =
          session.operate().expectedFiles(feed, wanted, positive("--limit", limit));
      if (expected.isEmpty() && feed != null) {
        Catalogs.requireFeed(jobs(), feed);
      }
      Rows rows = new Rows("feed", "businessDate", "dueAt", "state", "file", "loadedAt", "late");
      for (ExpectedFile each : expected) {
        rows.add(
            each.feed(),
            each.businessDate(),
            each.dueAt(),
            each.state(),
            each.file(),
            each.loadedAt(),
            each.late());
      }
      output().rows(rows);
      output().say(next(expected));
      return ExitCode.OK;
    }
  }

  private static String next(List<ExpectedFile> expected) {
    if (expected.isEmpty()) {
      return "There are none: feeds say what they expect in job.yaml, as source.expect.";
    }
    return expected.stream()
        .filter(each -> each.state().equals("LATE"))
        .findFirst()
        .map(
            late ->
                "Next: ./commondata file waive %s %s --reason TEXT, if none comes"
                    .formatted(late.feed(), late.businessDate()))
        .orElse("Next: ./commondata file list");
  }
}
