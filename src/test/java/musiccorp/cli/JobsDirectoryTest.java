package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;

/** A directory of jobs that can't be right stops every command before it reaches for a database. */
final class JobsDirectoryTest {

  @TempDir private Path directory = Path.of("");

  private final StringWriter err = new StringWriter();
  private Path jobs = directory;
  private String file = "";

  @BeforeEach
  void copyJobs() throws IOException {
    jobs = directory.resolve("jobs");
    for (String job : List.of("catalog", "carrier-manifest")) {
      FileSystemUtils.copyRecursively(Path.of("batch-jobs", job), jobs.resolve(job));
    }
    file = Files.writeString(directory.resolve("items.csv"), "sku\n").toString();
  }

  @Test
  void aMistakeInALayoutStopsEveryCommandThatReadsJobs() throws IOException {
    mistake("catalog/layout.yaml", "type: decimal", "type: decimel");

    for (List<String> command : commands()) {
      assertThat(run(command)).as("%s: %s", command, err).isEqualTo(ExitCode.USAGE);
      assertThat(err.toString().lines()).singleElement().asString().contains("decimel", "line 9");
    }
    assertThat(directory.resolve("home")).doesNotExist();
  }

  private List<List<String>> commands() {
    return List.of(
        List.of("up"),
        List.of("demo"),
        List.of("drop", file, "--feed", "catalog"),
        List.of("drop", file, "--feed", "catalog", "--dry-run"),
        List.of("job", "list"),
        List.of("run", "carrier-manifest"));
  }

  @Test
  void theDemoIsRefusedWhereABuiltInJobLacks() {
    assertThat(run(List.of("demo"))).isEqualTo(ExitCode.USAGE);

    assertThat(err.toString())
        .isEqualTo(
            "The demo needs the built-in jobs; --jobs \"%s\" lacks bank-returns, carrier-tracking, "
                    .formatted(jobs)
                + "customers, fraud-flags, reconcile-payments, store-orders, warehouse-extract. "
                + "Leave --jobs out.\n");
    assertThat(directory.resolve("home")).doesNotExist();
  }

  @Test
  void noHintNamesTheDemoWhereItCanNotRun() {
    assertThat(run(List.of("lag"))).isEqualTo(ExitCode.UNAVAILABLE);

    assertThat(err.toString()).contains("Make one with ./commondata ", " up, or name another");
  }

  @Test
  void theMistakesOfAllJobsAreSaidAtOnce() throws IOException {
    mistake("catalog/layout.yaml", "format: csv", "format: cvs");
    mistake("carrier-manifest/layout.yaml", "format: csv", "format: svc");

    assertThat(run(List.of("job", "list"))).isEqualTo(ExitCode.USAGE);

    assertThat(err.toString()).contains("cvs", "svc", "; " + jobs.resolve("catalog"));
  }

  @Test
  void aLayoutOfAFeedNeedsATable() throws IOException {
    mistake("catalog/layout.yaml", "staging: staging.catalog_item", "");

    assertThat(run(List.of("job", "list"))).isEqualTo(ExitCode.USAGE);

    assertThat(err.toString()).contains("needs one of the keys \"staging\"");
  }

  @Test
  void recordsInStagingNeedAStepThatTakesThem() throws IOException {
    mistake("catalog/job.yaml", "  - sql: merge.sql\n", "");

    assertThat(run(List.of("job", "list"))).isEqualTo(ExitCode.USAGE);

    assertThat(err.toString())
        .contains("catalog/job.yaml: needs a step \"sql\" that takes the records");
  }

  @Test
  void twoFeedsShareNoStagingTable() throws IOException {
    FileSystemUtils.copyRecursively(Path.of("batch-jobs/customers"), jobs.resolve("customers"));
    mistake("customers/layout.yaml", "staging: staging.customer", "staging: staging.catalog_item");

    assertThat(run(List.of("job", "list"))).isEqualTo(ExitCode.USAGE);

    assertThat(err.toString())
        .contains("customers/layout.yaml: staging table \"staging.catalog_item\" is that of feed")
        .contains("\"catalog\" already: give each feed one of its own");
  }

  @Test
  void aDirectoryWithoutAJobIsNamed() {
    jobs = jobs.resolve("catalog");

    for (List<String> command : commands()) {
      assertThat(run(command)).as("%s: %s", command, err).isEqualTo(ExitCode.USAGE);
      assertThat(err.toString()).contains("no folder in \"" + jobs + "\" has a job.yaml");
    }
  }

  @Test
  void aHintNamesTheSameJobs() throws IOException {
    Files.move(jobs, directory.resolve("my jobs"));
    jobs = directory.resolve("my jobs");

    assertThat(run(List.of("job", "list"))).isEqualTo(ExitCode.OK);
    assertThat(err.toString())
        .contains(
            " --jobs '" + jobs + "' run JOB, or, of a feed, ",
            " --jobs '" + jobs + "' drop FILE --feed catalog\n");
    assertThat(run(List.of("drop", file, "--feed", "catalog"))).isEqualTo(ExitCode.OK);
    assertThat(err.toString()).contains(" --jobs '" + jobs + "' file list --feed catalog\n");
  }

  @Test
  void aJobOfAnotherFolderIsToBeNamedWithIt() {
    for (String command : List.of("run", "backfill")) {
      List<String> days = command.equals("run") ? List.of() : days();

      assertThat(run(Stream.concat(Stream.of(command, "prices"), days.stream()).toList()))
          .isEqualTo(ExitCode.NOT_FOUND);
      assertThat(err.toString())
          .contains("Job \"prices\" is not known; known are carrier-manifest, catalog. Those of")
          .endsWith("another folder: --jobs DIR.\n");
    }
  }

  @Test
  void aFeedIsNotRunButHandedAFile() {
    for (String command : List.of("run", "backfill")) {
      List<String> days = command.equals("run") ? List.of() : days();

      assertThat(run(Stream.concat(Stream.of(command, "catalog"), days.stream()).toList()))
          .isEqualTo(ExitCode.USAGE);
      assertThat(err.toString())
          .contains("\"catalog\" is a feed: it takes files by itself.", "drop FILE --feed catalog");
    }
  }

  private static List<String> days() {
    return List.of("--from", "2026-11-20", "--to", "2026-11-21");
  }

  @Test
  void aQuestionEndsTheSentence() throws IOException {
    mistake("catalog/layout.yaml", "type: decimal", "tipe: decimal");

    assertThat(run(List.of("job", "list"))).isEqualTo(ExitCode.USAGE);

    assertThat(err.toString().strip()).endsWith("did you mean \"type\"?");
  }

  private void mistake(String file, String right, String wrong) throws IOException {
    Path path = jobs.resolve(file);
    String text = Files.readString(path);
    assertThat(text).contains(right);
    Files.writeString(path, text.replaceFirst(right, wrong));
  }

  private int run(List<String> command) {
    List<String> line = new java.util.ArrayList<>(command);
    line.addAll(List.of("--home", directory.resolve("home").toString(), "--jobs", jobs.toString()));
    err.getBuffer().setLength(0);
    return Main.run(
        new PrintWriter(new StringWriter()),
        new PrintWriter(err, true),
        line.toArray(new String[0]));
  }
}
