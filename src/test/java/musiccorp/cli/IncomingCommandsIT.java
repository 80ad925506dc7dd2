package musiccorp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import musiccorp.cli.Installation.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;

/** What an operator sees of files that no node has taken, and of numbers that come next. */
final class IncomingCommandsIT {

  @RegisterExtension static final Installation INSTALLATION = new Installation();

  @TempDir private Path directory = Path.of("");

  /** The job that waits for markers. */
  private Path marked() throws IOException {
    Path jobs = directory.resolve("jobs");
    FileSystemUtils.copyRecursively(Path.of("batch-jobs/catalog"), jobs.resolve("catalog"));
    Path yaml = jobs.resolve("catalog/job.yaml");
    Files.writeString(yaml, Files.readString(yaml).replace("ready: rename", "ready: marker"));
    return jobs;
  }

  @Test
  void whatNoNodeHasTakenIsShownWithTheReason() throws IOException {
    String jobs = marked().toString();
    Path incoming = Files.createDirectories(INSTALLATION.home().resolve("drop/catalog/incoming"));
    for (String name :
        List.of("a.csv", "b.csv", "b.csv.done", "c.csv.part", ".hidden", "d.csv.done")) {
      Files.writeString(incoming.resolve(name), "");
    }

    Outcome listed = INSTALLATION.run("--jobs", jobs, "file", "list", "--incoming", "--json");
    FileSystemUtils.deleteRecursively(incoming);

    assertThat(listed.exitCode()).as(listed.err()).isZero();
    assertThat(
            listed.json().values().stream()
                .map(each -> each.get("name").asString() + ": " + each.get("why").asString()))
        .satisfiesExactly(
            a -> assertThat(a).startsWith("a.csv: it has no marker (.done, .complete, .sha256)"),
            b -> assertThat(b).isEqualTo("b.csv: no node has taken it yet: none is running"),
            c -> assertThat(c).startsWith("c.csv.part: its name is of a file that is still"),
            d -> assertThat(d).startsWith("d.csv.done: it is the marker of d.csv, which is not"));
    assertThat(INSTALLATION.run("file", "list", "--incoming", "--json").json()).isEmpty();
    assertThat(INSTALLATION.run("file", "list", "--incoming", "--state", "HELD").exitCode())
        .isEqualTo(ExitCode.USAGE);
  }

  @Test
  void whatNodesHaveNotedIsShownFromAnywhere() {
    JdbcClient owner = JdbcClient.create(INSTALLATION.owner());
    owner
        .sql(
            """
            INSERT INTO commondata.untaken_file (feed, name, why, since)
            VALUES ('catalog', 'far.csv', 'it has no marker', '2026-11-21T12:00:00Z')
            """)
        .update();

    JsonNode noted =
        INSTALLATION.run("file", "list", "--incoming", "--feed", "catalog", "--json").json();
    owner.sql("TRUNCATE commondata.untaken_file").update();

    assertThat(noted).hasSize(1);
    assertThat(noted.get(0).get("why").asString()).isEqualTo("it has no marker");
  }

  @Test
  void aFeedIsRenumberedOnceItIsSeenWhatThatDoes() {
    String[] back = {"file", "renumber", "catalog", "--next", "3", "--dry-run"};
    Outcome forward =
        INSTALLATION.run("file", "renumber", "catalog", "--next", "5", "--reason", "it began so");
    assertThat(forward.exitCode()).as(forward.err()).isZero();
    assertThat(forward.err()).contains("The numbers 1 to 4 are given up; 0 files");

    Outcome tried = INSTALLATION.run(back);

    assertThat(tried.err())
        .contains("The numbers 3 to 4 come again", "besides the 0 that are", "Nothing was done");
    assertThat(tried.out()).contains("5");
    back[4] = "4";
    assertThat(INSTALLATION.run(back).err()).contains("The number 4 comes again: ");
    JdbcClient.create(INSTALLATION.owner()).sql("TRUNCATE commondata.feed_sequence").update();
  }
}
